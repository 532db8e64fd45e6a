import type { Json } from '@neutrino/lib/json';
import { MessagingTimeout, TransportClosed } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { errorOf } from '../../failure.ts';
import { decodeReply, type IncomingReply } from './envelope.ts';

interface WaitingCall {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
  /** What older programs send ahead of the message that ends the answer. */
  result?: Json;
}

/** The calls that wait for their answers. */
export interface ReplyWaiter {
  /** `describe` names the call in the error of a time-out. */
  wait(messageId: string, timeoutMs: number, describe: string): Promise<Json>;
  fail(messageId: string, error: Error): void;
  isWaiting(messageId: string): boolean;
  receive(body: unknown): void;
  /** Fails all that wait. */
  close(): void;
}

export function awaitReplies(log: Logger): ReplyWaiter {
  const calls = new Map<string, WaitingCall>();

  const take = (messageId: string): WaitingCall | undefined => {
    const call = calls.get(messageId);
    if (call === undefined) return undefined;
    calls.delete(messageId);
    clearTimeout(call.timer);
    return call;
  };

  const settle = ({ messageId, outcome, ending }: IncomingReply): void => {
    const waiting = calls.get(messageId);
    if (waiting === undefined) {
      log.debug({ messageId }, 'an answer comes too late, or twice');
    } else if ('failure' in outcome) {
      take(messageId)?.reject(errorOf(outcome.failure));
    } else if (ending) {
      take(messageId)?.resolve(outcome.result ?? waiting.result ?? null);
    } else if (outcome.result !== null) {
      waiting.result = outcome.result;
    }
  };

  return {
    wait(messageId, timeoutMs, describe) {
      const { promise, resolve, reject } = Promise.withResolvers<Json>();
      const timer = setTimeout(() => take(messageId)?.reject(new MessagingTimeout(`no answer to ${describe} within ${timeoutMs} ms`)), timeoutMs);
      calls.set(messageId, { resolve, reject, timer });
      return promise;
    },
    fail: (messageId, error) => take(messageId)?.reject(error),
    isWaiting: (messageId) => calls.has(messageId),
    receive(body) {
      try {
        settle(decodeReply(body));
      } catch (error) {
        log.warn({ reason: (error as Error).message }, 'an answer is dropped: it cannot be read');
      }
    },
    close() {
      for (const messageId of calls.keys()) take(messageId)?.reject(new TransportClosed('the connection to the message bus was closed before the answer came'));
    },
  };
}
