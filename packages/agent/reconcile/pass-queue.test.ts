import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createPassQueue } from './pass-queue.ts';

test('passes over one network never overlap, those over different networks do, up to the bound', async () => {
  let running = 0;
  let most = 0;
  const inside = new Set<string>();
  await using queue = createPassQueue({
    concurrency: 3,
    intervalMs: 0,
    work: async (id) => {
      expect(inside.has(id)).toBe(false);
      inside.add(id);
      most = Math.max(most, ++running);
      await delay(5);
      running -= 1;
      inside.delete(id);
    },
  });
  await Promise.all(Array.from({ length: 40 }, (_, index) => queue.mark(`n${index % 8}`)));
  expect(most).toBe(3);
});

test('marks during a pass make one more pass, which begins after them', async () => {
  let passes = 0;
  await using queue = createPassQueue({
    concurrency: 4,
    intervalMs: 0,
    work: async () => {
      passes += 1;
      await delay(20);
    },
  });
  const first = queue.mark('a');
  await delay(10);
  const later = Promise.all([queue.mark('a'), queue.mark('a'), queue.mark('a')]);
  expect(passes).toBe(1);
  await Promise.all([first, later]);
  expect(passes).toBe(2);
});

test('passes over one network keep their distance where one is asked for', async () => {
  const starts: number[] = [];
  await using queue = createPassQueue({ concurrency: 4, intervalMs: 50, work: async () => void starts.push(performance.now()) });
  await queue.mark('a');
  await queue.mark('a');
  expect((starts[1] ?? 0) - (starts[0] ?? 0)).toBeGreaterThan(45);
});

test('the rest after a pass that had to wait for long is not long itself', async () => {
  const rests: number[] = [];
  let ended = performance.now();
  await using queue = createPassQueue({
    concurrency: 4,
    intervalMs: 0,
    longestRestMs: 20,
    work: async () => {
      rests.push(performance.now() - ended);
      await delay(100);
      ended = performance.now();
    },
  });
  for (let change = 0; change < 8; change++) await queue.mark('a');
  // The least of them: others may be at work on the machine. It would be twice as long as a pass, and ever longer.
  expect(Math.min(...rests.slice(3))).toBeLessThan(90);
});

test('in a burst of changes a network rests between its passes, after the first of them it does not', async () => {
  let gaps: number[] = [];
  let ended = performance.now();
  await using queue = createPassQueue({
    concurrency: 4,
    intervalMs: 0,
    work: async () => {
      gaps.push(performance.now() - ended);
      await delay(30);
      ended = performance.now();
    },
  });
  const second: number[] = [];
  for (const network of ['a', 'b', 'c', 'd', 'e']) {
    gaps = [];
    for (let change = 0; change < 4; change++) await queue.mark(network);
    expect(gaps[2]).toBeGreaterThan(25);
    expect(gaps[3]).toBeGreaterThan(55);
    second.push(gaps[1] ?? Infinity);
  }
  // The least of them: others may be at work on the machine.
  expect(Math.min(...second)).toBeLessThan(25);
});

test('disposing waits for passes at hand and leaves nobody waiting', async () => {
  let ended = false;
  const queue = createPassQueue({ concurrency: 1, intervalMs: 0, work: async () => (await delay(20), void (ended = true)) });
  void queue.mark('a');
  await delay(5);
  const never = queue.mark('b');
  await queue[Symbol.asyncDispose]();
  expect(ended).toBe(true);
  await never;
});
