import { MessagingTimeout } from '@neutrino/lib/rpc/messaging';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRetries, type Retries } from './retries.ts';

let stop: AbortController;
let retries: Retries;
let marked: number[];
beforeEach(() => {
  vi.useFakeTimers();
  stop = new AbortController();
  marked = [];
});
afterEach(() => {
  stop.abort();
  vi.useRealTimers();
});

/** Seconds after which it was tried, where each attempt fails with that. */
function tried(error: Error, seconds: number): readonly number[] {
  const began = Date.now();
  retries = createRetries({
    ms: 5_000, stopping: stop.signal,
    mark(key) {
      marked.push((Date.now() - began) / 1000);
      retries.later(key, error);
    },
  });
  retries.later('a', error);
  vi.advanceTimersByTime(seconds * 1000);
  return marked;
}

test('what cannot be done here is tried ever less often, up to once a minute', () => {
  expect(tried(new Error('the kernel refuses'), 300)).toEqual([5, 15, 35, 75, 135, 195, 255]);
});

test('what only waits for the server is tried as soon as the first time, each time', () => {
  expect(tried(new MessagingTimeout('no answer'), 22)).toEqual([5, 10, 15, 20]);
});

test('after a success, haste is made again; failures that come while one waits ask for nothing more, and none after the end', () => {
  const error = new Error('the kernel refuses');
  tried(error, 40);
  retries.succeeded('a');
  retries.later('a', error);
  vi.advanceTimersByTime(41_000);
  expect(marked.slice(3)).toEqual([75, 80]);
  stop.abort();
  vi.advanceTimersByTime(600_000);
  expect(marked).toHaveLength(5);
});
