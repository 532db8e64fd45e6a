import { setTimeout as delay } from 'node:timers/promises';
import { MessagingTimeout, type Endpoint, type RpcMethod, type Transport } from '@neutrino/lib/rpc/messaging';

/** Numbers from 0 to 1 that a seed decides. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A transport by which messages come late, twice, in another order or never, and answers too. */
export interface AdversarialTransport extends Transport {
  /** From now on it does no harm. */
  heal(): void;
  /** Nothing comes and nothing goes until `mend`, by which those who listen are told of a gap. */
  cut(): void;
  mend(): void;
}

export function adversarialTransport(inner: Transport, random: () => number): AdversarialTransport {
  let isHarmful = true;
  let isCut = false;
  const gaps = new Set<() => void>();
  const hostile = (serve: RpcMethod): RpcMethod => async (context, args) => {
    if (isCut) return null;
    if (!isHarmful) return serve(context, args);
    const fate = random();
    if (fate < 0.25) return null;
    const copies = fate < 0.5 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      void delay(random() * 60).then(() => {
        if (!isCut) void serve(context, args);
      });
    }
    return null;
  };
  const away = (): MessagingTimeout => new MessagingTimeout('nobody answers, says the adversary');
  return {
    async call(context, target, method, args, options) {
      if (isCut) {
        await delay(20);
        throw away();
      }
      if (isHarmful) await delay(random() * 20);
      const answer = await inner.call(context, target, method, args, options);
      if (isHarmful) {
        await delay(random() * 20);
        if (random() < 0.1) throw away();
      }
      if (isCut) throw away();
      return answer;
    },
    async cast(context, target, method, args) {
      if (!isCut) await inner.cast(context, target, method, args);
    },
    async listen(options) {
      const { onGap } = options;
      if (onGap !== undefined) gaps.add(onGap);
      const endpoints = options.endpoints.map(({ version, methods }): Endpoint => ({ version, methods: Object.fromEntries(Object.entries(methods).map(([name, serve]) => [name, hostile(serve)])) }));
      return inner.listen({ ...options, endpoints });
    },
    heal() {
      isHarmful = false;
    },
    cut() {
      isCut = true;
    },
    mend() {
      isCut = false;
      for (const onGap of gaps) onGap();
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}
