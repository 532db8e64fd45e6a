import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { createEventSender, type Delivery, type EventSender, type EventSenderOptions } from './event-sender.ts';
import type { NovaEvent } from './nova-events.ts';

const changed = (tag: string): NovaEvent => ({ name: 'network-changed', server_uuid: 's', tag });
const plugged = (tag: string): NovaEvent => ({ name: 'network-vif-plugged', server_uuid: 's', tag, status: 'completed' });
const deleted = (tag: string): NovaEvent => ({ name: 'network-vif-deleted', server_uuid: 's', tag });
const taken: Delivery = { outcome: 'taken', refused: [] };
const away: Delivery = { outcome: 'away', reason: 'ECONNREFUSED' };

interface Noted {
  readonly sender: EventSender;
  /** What each request told. */
  readonly requests: readonly string[];
  /** When each was made, in milliseconds. */
  readonly times: readonly number[];
  readonly counts: Readonly<Record<string, number>>;
  /** How the next requests are answered. */
  answer: (events: readonly NovaEvent[]) => Delivery | Promise<Delivery>;
}

/** A sender over something that notes when it was asked what, and answers as it is told. */
function noting(options: Partial<EventSenderOptions> = {}): Noted {
  const requests: string[] = [];
  const times: number[] = [];
  const counts: Record<string, number> = {};
  const state = { requests, times, counts, answer: (_events: readonly NovaEvent[]): Delivery | Promise<Delivery> => taken };
  const sender = createEventSender({
    deliver: async (events) => {
      requests.push(events.map(({ name, tag }) => `${name.replace('network-', '')} ${tag}`).join(', '));
      times.push(performance.now());
      return state.answer(events);
    },
    count: (outcome, events) => (counts[outcome] = (counts[outcome] ?? 0) + events.length),
    log: pino({ level: 'silent' }),
    intervalMs: 300,
    ...options,
  });
  return Object.assign(state, { sender });
}
const told = async ({ sender }: Noted): Promise<void> => {
  await expect.poll(() => sender.waiting(), { timeout: 60_000 }).toBe(0);
};

describe('events for Nova', () => {
  it('go at once after a quiet time, and together in the interval after that', async () => {
    const noted = noting();
    noted.sender.queue(changed('a'));
    await expect.poll(() => noted.requests, { interval: 1 }).toHaveLength(1);
    noted.sender.queue(changed('b'));
    noted.sender.queue(deleted('c'));
    await told(noted);
    await sleep(350);
    noted.sender.queue(changed('d'));
    await sleep(1);
    expect(noted.requests).toEqual(['changed a', 'changed b, vif-deleted c', 'changed d']);
    expect((noted.times[1] ?? 0) - (noted.times[0] ?? 0)).toBeGreaterThan(290);
  });

  it('do not wait where Nova waits for them, and take along in order what came before', async () => {
    const noted = noting({ intervalMs: 60_000 });
    noted.sender.queue(plugged('a'));
    await expect.poll(() => noted.requests, { interval: 1 }).toHaveLength(1);
    noted.sender.queue(changed('b'));
    await sleep(10);
    noted.sender.queue(plugged('c'));
    await told(noted);
    expect(noted.requests).toEqual(['vif-plugged a', 'changed b, vif-plugged c']);
  });

  it('gather while a request is under way', async () => {
    const noted = noting();
    noted.answer = () => sleep(200, taken);
    noted.sender.queue(plugged('a'));
    await sleep(10);
    for (const tag of ['b', 'c', 'd']) noted.sender.queue(plugged(tag));
    expect(noted.sender.waiting()).toBe(4);
    await told(noted);
    expect(noted.requests).toEqual(['vif-plugged a', 'vif-plugged b, vif-plugged c, vif-plugged d']);
  });

  it('say once that a port has changed, however often it did before Nova was told', async () => {
    const noted = noting();
    for (const tag of ['a', 'a', 'b', 'a']) noted.sender.queue(changed(tag));
    for (const event of [plugged('a'), plugged('a')]) noted.sender.queue(event);
    await told(noted);
    expect(noted.requests).toEqual(['changed a, changed b, vif-plugged a, vif-plugged a']);
  });

  it('wait for a Nova that is away, and all arrive, in order', async () => {
    const noted = noting();
    noted.answer = () => {
      if (noted.requests.length === 3) {
        noted.sender.queue(plugged('b'));
        noted.answer = () => taken;
      }
      return away;
    };
    noted.sender.queue(plugged('a'));
    await told(noted);
    expect(noted.requests).toEqual(['vif-plugged a', 'vif-plugged a', 'vif-plugged a', 'vif-plugged a', 'vif-plugged b']);
    expect(noted.counts).toEqual({ sent: 2, refused: 0 });
  });

  it('are bounded: the oldest are forgotten, and counted', async () => {
    const noted = noting({ capacity: 3 });
    noted.answer = () => away;
    noted.sender.queue(plugged('a'));
    await expect.poll(() => noted.requests.length).toBeGreaterThan(0);
    for (const tag of ['b', 'c', 'd', 'e', 'f']) noted.sender.queue(plugged(tag));
    noted.answer = () => taken;
    await told(noted);
    expect(noted.requests.slice(-2)).toEqual(['vif-plugged a', 'vif-plugged d, vif-plugged e, vif-plugged f']);
    expect(noted.counts).toMatchObject({ lost: 2, sent: 4 });
  });

  it('that Nova does not understand hold up no others', async () => {
    const noted = noting();
    noted.answer = (events) => (events.some(({ tag }) => tag === 'bad') ? { outcome: 'bad-request', reason: 'Nova answers 400' } : taken);
    for (const tag of ['a', 'b', 'bad', 'c', 'd']) noted.sender.queue(plugged(tag));
    await told(noted);
    expect(noted.counts).toMatchObject({ sent: 4, lost: 1 });
  });

  it('that Nova has no use for are counted and not repeated', async () => {
    const noted = noting();
    noted.answer = (events) => ({ outcome: 'taken', refused: events.filter(({ tag }) => tag === 'gone') });
    noted.sender.queue(plugged('gone'));
    noted.sender.queue(plugged('here'));
    await told(noted);
    await sleep(350);
    expect(noted.requests).toHaveLength(1);
    expect(noted.counts).toEqual({ refused: 1, sent: 1 });
  });

  it('go in requests that Nova accepts for their size', async () => {
    const noted = noting();
    for (let n = 0; n < 450; n += 1) noted.sender.queue(plugged(String(n)));
    await told(noted);
    expect(noted.requests.map((text) => text.split(',').length)).toEqual([200, 200, 50]);
  });

  it('are sent before the end, without waiting for their time', async () => {
    const noted = noting({ intervalMs: 60_000 });
    noted.sender.queue(changed('a'));
    await expect.poll(() => noted.requests).toHaveLength(1);
    noted.sender.queue(changed('b'));
    await noted.sender[Symbol.asyncDispose]();
    expect(noted.requests).toEqual(['changed a', 'changed b']);
  });

  it('do not keep the server from ending', async () => {
    const noted = noting({ drainMs: 500 });
    noted.answer = () => away;
    noted.sender.queue(plugged('a'));
    await expect.poll(() => noted.requests).toHaveLength(1);
    noted.sender.queue(plugged('b'));
    const begun = performance.now();
    await noted.sender[Symbol.asyncDispose]();
    expect(performance.now() - begun).toBeLessThan(20_000);
    await expect.poll(() => noted.counts).toEqual({ lost: 2 });
  });
});
