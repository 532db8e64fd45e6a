import { expect, test } from 'vitest';
import { startKeyedQueue } from './keyed-queue.ts';

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
  await pause(30);
  expect(batches).toEqual([['a', 'b']]);
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
  await pause(80);
  expect(batches).toEqual([['a'], ['a', 'b']]);
});

test('work that fails comes again', async () => {
  let failures = 2;
  const { batches, queue } = recorder(() => (failures-- > 0 ? Promise.reject(new Error('no')) : Promise.resolve()));
  await using _ = queue;
  queue.add(['a']);
  await pause(80);
  expect(batches).toEqual([['a'], ['a'], ['a']]);
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
