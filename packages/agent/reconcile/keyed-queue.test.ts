import { expect, test } from 'vitest';
import { startKeyedQueue } from './keyed-queue.ts';

/** A machine under load takes its time. */
const PATIENCE = { timeout: 60_000, interval: 5 } as const;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function recorder(work: (keys: readonly string[]) => Promise<void> = () => pause(5)) {
  const batches: string[][] = [];
  const queue = startKeyedQueue<string>({
    settleMs: 1, retryMs: 5, onError: () => undefined,
    work: async (keys) => {
      batches.push([...keys].sort());
      await work([...keys]);
    },
  });
  return { batches, queue };
}

test('keys that come together, doubled or not, are one piece of work', async () => {
  const { batches, queue } = recorder();
  await using _ = queue;
  queue.add(['a', 'b']);
  queue.add(['a']);
  await expect.poll(() => batches, PATIENCE).toEqual([['a', 'b']]);
});

test('a key that comes while it is worked on is worked on again, never at the same time', async () => {
  let running = 0;
  const { batches, queue } = recorder(async () => {
    expect(++running).toBe(1);
    await pause(20);
    running--;
  });
  await using _ = queue;
  queue.add(['a']);
  await pause(10);
  queue.add(['a', 'b']);
  await expect.poll(() => batches, PATIENCE).toEqual([['a'], ['a', 'b']]);
});

test('work that fails comes again', async () => {
  let failures = 2;
  const { batches, queue } = recorder(() => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()));
  await using _ = queue;
  queue.add(['a']);
  await expect.poll(() => batches, PATIENCE).toEqual([['a'], ['a'], ['a']]);
});

test('after its end it takes no more', async () => {
  const { batches, queue } = recorder();
  queue.add(['a']);
  await pause(3);
  await queue[Symbol.asyncDispose]();
  queue.add(['b']);
  await pause(20);
  expect(batches).toEqual([['a']]);
});

test('a key that is asked for later again and again waits for one moment only', async () => {
  const { batches, queue } = recorder();
  await using _ = queue;
  for (let times = 0; times < 5; times++) queue.addLater(['a'], 40 - times);
  queue.addLater(['a'], 5);
  await pause(80);
  expect(batches).toEqual([['a']]);
});

test('work that goes on failing is retried ever later, however many other occasions find the fault', async () => {
  let retries = 0;
  const start = performance.now();
  const queue = startKeyedQueue<string>({
    settleMs: 1, retryMs: 10, longestRetryMs: 10_000, onError: () => undefined,
    work: async (keys) => {
      if (keys.has('broken')) retries++;
      queue.retry(['broken']);
    },
  });
  await using _ = queue;
  for (let times = 0; times < 10; times++) {
    queue.add([`occasion ${times}`]);
    await pause(4);
  }
  await expect.poll(() => retries, PATIENCE).toBeGreaterThanOrEqual(3);
  await pause(300);
  // Each waits twice as long as the one before it: 10, 20, 40, 80, 160 ms.
  expect(10 * (2 ** retries - 1)).toBeLessThanOrEqual(performance.now() - start);
});

test('a key that succeeds is retried soon when it fails anew', async () => {
  const failing = [true, true, true, true, false, true, false];
  const moments: number[] = [];
  const queue = startKeyedQueue<string>({
    settleMs: 1, retryMs: 10, onError: () => undefined,
    work: async () => {
      moments.push(performance.now());
      if (failing.shift() === true) queue.retry(['a']);
    },
  });
  await using _ = queue;
  queue.add(['a']);
  await expect.poll(() => moments, PATIENCE).toHaveLength(5);
  queue.add(['a']);
  await expect.poll(() => moments, PATIENCE).toHaveLength(7);
});
