import { UnsupportedVersion, type Endpoint } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { dispatch } from '../../dispatch.ts';
import { failureOf } from '../../failure.ts';
import { logFailure } from '../../log-failure.ts';
import { decodeRequest, type IncomingReply, type IncomingRequest, type ReplyAddress } from './envelope.ts';
import { SeenMessages } from './seen-messages.ts';

export interface ServeOptions {
  readonly topic: string;
  readonly endpoints: readonly Endpoint[];
  /** Requests that run at once; others wait, not acknowledged. */
  readonly concurrency: number;
  /** Resolves when the answer is safe with the broker. */
  readonly answer: (address: ReplyAddress, outcome: IncomingReply['outcome']) => Promise<void>;
  readonly log: Logger;
}

export interface RequestServer {
  receive(body: unknown, acknowledge: () => void, redelivered?: boolean): void;
  /** Begins nothing more; resolves when what runs has ended and is answered. What waits is left to the broker. */
  drain(): Promise<void>;
}

/**
 * Runs requests in the order in which they came, several at once. A cast is acknowledged as it begins, as with oslo.messaging: it
 * runs once at most. A call is acknowledged when the broker has its answer: were this program killed before, the asker would wait for its
 * time-out, where so the broker gives the call to another, or to the next. What is delivered a second time gets no third chance, for it
 * may be what kills.
 */
export function serveRequests({ topic, endpoints, concurrency, answer, log }: ServeOptions): RequestServer {
  const seen = new SeenMessages();
  let running = 0;
  /** What runs, and what is not answered yet. */
  const pending = new Set<Promise<void>>();
  let waiting: (() => void)[] = [];
  let draining = false;

  const run = async ({ request, namespace }: IncomingRequest): Promise<IncomingReply['outcome']> => {
    try {
      if (namespace !== undefined) throw new UnsupportedVersion(`Endpoint does not support RPC version ${request.version ?? '1.0'}. Attempted method: ${request.method}`);
      return { result: await dispatch(endpoints, request) };
    } catch (error) {
      logFailure(log, { topic, method: request.method }, error);
      return { failure: failureOf(error) };
    }
  };

  const give = (reply: ReplyAddress, outcome: IncomingReply['outcome']): Promise<void> => {
    try {
      return answer(reply, outcome);
    } catch (error) {
      // A result that cannot be written down.
      return answer(reply, { failure: failureOf(error) });
    }
  };

  const begin = (body: unknown, acknowledge: () => void, redelivered: boolean): void => {
    let incoming: IncomingRequest;
    try {
      incoming = decodeRequest(body);
    } catch (error) {
      acknowledge();
      log.warn({ topic, reason: (error as Error).message }, 'a message is dropped: it cannot be read');
      return;
    }
    if (!seen.add(incoming.uniqueId)) {
      acknowledge();
      log.debug({ topic, method: incoming.request.method }, 'a message came twice; it is dropped the second time');
      return;
    }
    const atEnd = incoming.reply !== undefined && !redelivered;
    if (!atEnd) acknowledge();
    running++;
    const job = (async () => {
      const outcome = await run(incoming);
      const answered = incoming.reply === undefined ? undefined : give(incoming.reply, outcome);
      running--;
      while (!draining && running < concurrency && waiting.length > 0) waiting.shift()?.();
      await answered;
      if (atEnd) acknowledge();
    })().finally(() => pending.delete(job));
    pending.add(job);
  };

  return {
    receive(body, acknowledge, redelivered = false) {
      if (draining) return;
      const start = (): void => begin(body, acknowledge, redelivered);
      if (running < concurrency && waiting.length === 0) start();
      else waiting.push(start);
    },
    async drain() {
      draining = true;
      waiting = [];
      await Promise.all(pending);
    },
  };
}
