import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Message } from './message-queue.ts';
import { createRouter, type Attachment } from './router.ts';

type Step =
  | { readonly do: 'send'; readonly server?: string; readonly fanout: boolean }
  | { readonly do: 'attach' | 'detach' | 'release'; readonly server: string };

const server = fc.constantFrom('a', 'b', 'c');
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.constant<Step>({ do: 'send', fanout: false }),
    server.map((name): Step => ({ do: 'send', server: name, fanout: false })),
    fc.constant<Step>({ do: 'send', fanout: true }),
    fc.tuple(fc.constantFrom('attach', 'detach', 'release', 'release'), server).map(([verb, name]): Step => ({ do: verb, server: name })),
  ),
  { maxLength: 60 },
);

interface Run {
  readonly sent: { readonly id: number; readonly server?: string | undefined; readonly fanoutTo?: readonly string[] }[];
  readonly got: { readonly id: number; readonly by: string; readonly session: string }[];
  /** Sessions that last to the end. */
  readonly stayed: ReadonlySet<string>;
  readonly busiest: number;
}

/** Plays the steps against a router, then lets every server in and deals with everything. */
function play(script: readonly Step[], concurrency: number): Run {
  const dropped = (): never => expect.unreachable('nothing is dropped');
  const router = createRouter({ concurrency, maxWaiting: 1000, retentionMs: 60_000, onDrop: dropped });
  const here = new Map<string, { readonly attachment: Attachment; readonly session: string; busy: number }>();
  const sent: Run['sent'] = [];
  const got: Run['got'] = [];
  let busiest = 0;
  let sessions = 0;

  const attach = (name: string): void => {
    if (here.has(name)) return;
    const session = `${name}${sessions++}`;
    let early = 0;
    const deliver = ({ request }: Message): void => {
      got.push({ id: Number(request.args['id']), by: name, session });
      const listener = here.get(name);
      if (listener === undefined) early++;
      else listener.busy++;
      busiest = Math.max(busiest, listener?.busy ?? early);
    };
    const attachment = router.attach({ topic: 't', server: name, deliver });
    here.set(name, { attachment, session, busy: early });
  };
  const release = (name: string): boolean => {
    const listener = here.get(name);
    if (listener === undefined || listener.busy === 0) return false;
    listener.busy--;
    listener.attachment.release();
    return true;
  };
  for (const step of script) {
    if (step.do === 'attach') attach(step.server);
    else if (step.do === 'release') release(step.server);
    else if (step.do === 'detach') {
      here.get(step.server)?.attachment.detach();
      here.delete(step.server);
    } else if (step.do === 'send') {
      sent.push({ id: sent.length, server: step.server, ...(step.fanout ? { fanoutTo: [...here.values()].map(({ session }) => session) } : {}) });
      router.route({ topic: 't', ...(step.server === undefined ? {} : { server: step.server }), fanout: step.fanout }, { method: 'm', context: {}, args: { id: sent.length - 1 } });
    }
  }
  const stayed = new Set([...here.values()].map(({ session }) => session));
  for (const name of ['a', 'b', 'c']) attach(name);
  while (['a', 'b', 'c'].map(release).some(Boolean));
  return { sent, got, stayed, busiest };
}

test('whatever comes and goes: each message is delivered as often and to whom it must be', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 }), (script, concurrency) => {
      const { sent, got, stayed, busiest } = play(script, concurrency);
      for (const message of sent) {
        const copies = got.filter(({ id }) => id === message.id);
        if (message.fanoutTo === undefined) {
          expect(copies).toHaveLength(1);
          if (message.server !== undefined) expect(copies[0]?.by).toBe(message.server);
        } else {
          const sessions = copies.map(({ session }) => session);
          expect(new Set(sessions).size).toBe(sessions.length);
          expect(message.fanoutTo).toEqual(expect.arrayContaining(sessions));
          expect(sessions).toEqual(expect.arrayContaining(message.fanoutTo.filter((session) => stayed.has(session))));
        }
      }
      expect(busiest).toBeLessThanOrEqual(concurrency);
    }),
  );
});

test('a listener gets messages in the order in which they were sent', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 3 }), (script, concurrency) => {
      for (const theirs of Map.groupBy(play(script, concurrency).got, ({ session }) => session).values()) {
        const ids = theirs.map(({ id }) => id);
        expect(ids).toEqual(ids.toSorted((a, b) => a - b));
      }
    }),
  );
});
