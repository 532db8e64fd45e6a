import type { Logger } from 'pino';
import { encodeReply, type IncomingReply, type ReplyAddress } from './envelope.ts';
import type { Outgoing } from './outbox.ts';

export interface AnswererOptions {
  readonly send: (message: Outgoing) => void;
  /** How long an answer is kept for a queue that is missing. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

const RETRY_MS = 250;
/** How long a queue that stayed missing gets no answers, and how many such queues are remembered. */
const GONE_MS = 60_000;
const GONE_SIZE = 200;

/**
 * Sends answers to who asked; resolves when the broker has the answer, or nobody is there to have it. After a restart of the broker, the asker's queue may be back later than the answer is ready: it is
 * kept for some time. An asker that is gone for good costs that only once.
 */
export function answerer({ send, timeoutMs, log }: AnswererOptions): (address: ReplyAddress, outcome: IncomingReply['outcome']) => Promise<void> {
  /** Queue → when it was given up, on the clock of `performance.now()`; the oldest first. */
  const gone = new Map<string, number>();

  const isGone = (queue: string): boolean => {
    const since = gone.get(queue);
    if (since !== undefined && performance.now() - since < GONE_MS) return true;
    gone.delete(queue);
    return false;
  };
  const giveUp = (queue: string): void => {
    log.warn({ queue }, 'an answer is dropped: whoever asked is gone');
    gone.set(queue, performance.now());
    const [oldest] = gone.keys();
    if (gone.size > GONE_SIZE && oldest !== undefined) gone.delete(oldest);
  };

  return ({ messageId, replyQueue }, outcome) => {
    if (isGone(replyQueue)) return Promise.resolve();
    const given = Promise.withResolvers<void>();
    const body = encodeReply(messageId, outcome);
    const deadline = performance.now() + timeoutMs;
    const attempt = (): void =>
      send({
        routingKey: replyQueue,
        body,
        unroutable: () => {
          if (performance.now() < deadline) setTimeout(attempt, RETRY_MS).unref();
          else giveUp(replyQueue);
        },
        settled: given.resolve,
      });
    attempt();
    return given.promise;
  };
}
