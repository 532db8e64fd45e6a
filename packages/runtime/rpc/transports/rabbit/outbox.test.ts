import { expect, test } from 'vitest';
import { Outbox, type Outgoing } from './outbox.ts';

const message = (routingKey: string, more: Partial<Outgoing> = {}): Outgoing => ({ routingKey, body: Buffer.from('12345'), ...more });

function outbox(limits: { readonly maxMessages?: number; readonly maxBytes?: number } = {}) {
  const dropped: string[] = [];
  const box = new Outbox({ maxMessages: 100, maxBytes: 1000, ...limits, onDrop: ({ routingKey }) => void dropped.push(routingKey) });
  const rest = (): readonly string[] => {
    const keys: string[] = [];
    for (let next = box.peek(); next !== undefined; next = box.peek()) {
      keys.push(next.routingKey);
      box.take();
    }
    return keys;
  };
  return { box, dropped, rest };
}

test('messages leave in the order in which they came, those that are put back first', () => {
  const { box, rest } = outbox();
  const [a, b] = [message('a'), message('b')];
  for (const each of [a, b, message('c')]) box.put(each);
  box.take();
  box.take();
  box.put(message('d'));
  box.putBack([a, b]);
  expect(box.size).toBe(4);
  expect(rest()).toEqual(['a', 'b', 'c', 'd']);
  expect(box.size).toBe(0);
});

test('the oldest go where too many wait, by number or by bytes; one is always kept', () => {
  const byNumber = outbox({ maxMessages: 2 });
  for (const key of ['a', 'b', 'c']) byNumber.box.put(message(key));
  expect([byNumber.dropped, byNumber.rest()]).toEqual([['a'], ['b', 'c']]);
  const byBytes = outbox({ maxBytes: 12 });
  for (const key of ['a', 'b', 'c']) byBytes.box.put(message(key));
  byBytes.box.put(message('large', { body: Buffer.alloc(100) }));
  expect([byBytes.dropped, byBytes.rest()]).toEqual([['a', 'b', 'c'], ['large']]);
});

test('what nobody waits for any more is never given out', () => {
  const { box, rest } = outbox();
  box.put(message('late', { expires: performance.now() - 1 }));
  box.put(message('in time', { expires: performance.now() + 60_000 }));
  expect(rest()).toEqual(['in time']);
});
