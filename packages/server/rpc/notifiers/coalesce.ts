/**
 * Collects keys and hands them over together, once the events of this turn of the event loop are through: a bulk
 * request, or many at once, make one message and not hundreds. Disposing hands over what is left.
 */
export function coalesce(flush: (keys: readonly string[]) => Promise<void>, onError: (error: unknown) => void): AsyncDisposable & { add(keys: readonly string[]): void } {
  let waiting = new Set<string>();
  let timer: NodeJS.Immediate | undefined;
  let last: Promise<void> = Promise.resolve();
  const run = (): void => {
    timer = undefined;
    const keys = [...waiting];
    waiting = new Set();
    // One after the other, so that what agents hear is in the order of what happened.
    last = last.then(() => flush(keys)).catch(onError);
  };
  return {
    add(keys) {
      for (const key of keys) waiting.add(key);
      if (waiting.size > 0) timer ??= setImmediate(run);
    },
    async [Symbol.asyncDispose]() {
      if (timer !== undefined) {
        clearImmediate(timer);
        run();
      }
      await last;
    },
  };
}
