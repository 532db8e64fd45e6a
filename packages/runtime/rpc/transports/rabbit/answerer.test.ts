import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { answerer } from './answerer.ts';
import type { Outgoing } from './outbox.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('an answer is kept for an asker whose queue is missing, and then no more are sent there for a while', () => {
  const sent: Outgoing[] = [];
  const answer = answerer({ send: (message) => void sent.push(message), timeoutMs: 1000, log: pino({ level: 'silent' }) });
  const miss = (): void => sent.at(-1)?.unroutable?.();
  void answer({ messageId: 'm', replyQueue: 'reply_1' }, { result: 1 });
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect(sent).toHaveLength(attempt);
    miss();
    vi.advanceTimersByTime(250);
  }
  expect(new Set(sent.map(({ routingKey, body }) => `${routingKey} ${body.toString()}`)).size).toBe(1);
  void answer({ messageId: 'n', replyQueue: 'reply_1' }, { result: 2 });
  expect(sent).toHaveLength(5);
  void answer({ messageId: 'n', replyQueue: 'reply_2' }, { result: 2 });
  expect(sent).toHaveLength(6);
  vi.advanceTimersByTime(60_000);
  void answer({ messageId: 'o', replyQueue: 'reply_1' }, { result: 3 });
  expect(sent).toHaveLength(7);
});
