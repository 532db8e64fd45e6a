/** While messages follow one another, they are this far apart. */
const apartMs = 50;

/**
 * Collects keys and hands them over together: a bulk request, or many requests at once, make one message and not hundreds.
 * The first after a pause goes out with the events of the same turn of the event loop. Disposing hands over what is left.
 */
export function coalesce(flush: (keys: readonly string[]) => Promise<void>, onError: (error: unknown) => void): AsyncDisposable & { add(keys: readonly string[]): void } {
  let waiting = new Set<string>();
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  let flushedAt = -apartMs;
  let last: Promise<void> = Promise.resolve();
  const run = (): void => {
    timer = undefined;
    flushedAt = performance.now();
    const keys = [...waiting];
    waiting = new Set();
    // One after the other, so that what agents hear is in the order of what happened.
    last = last.then(() => flush(keys)).catch(onError);
  };
  return {
    add(keys) {
      for (const key of keys) waiting.add(key);
      if (waiting.size === 0 || timer !== undefined) return;
      const rest = flushedAt + apartMs - performance.now();
      timer = rest > 0 ? setTimeout(run, rest) : setImmediate(run);
    },
    async [Symbol.asyncDispose]() {
      if (timer !== undefined) {
        clearTimeout(timer as NodeJS.Timeout);
        clearImmediate(timer as NodeJS.Immediate);
        run();
      }
      await last;
    },
  };
}
