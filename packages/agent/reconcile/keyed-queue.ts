export interface KeyedQueueOptions<K> {
  /** Works off a set of keys. When it rejects, all of them are retried; it may also add and retry keys itself. */
  readonly work: (keys: ReadonlySet<K>) => Promise<void>;
  readonly onError: (error: unknown, keys: ReadonlySet<K>) => void;
  /** How long the first key of a set waits for others: not beyond the turn of the event loop where that is 0. It may depend on the key. */
  readonly settleMs: number | ((first: K | undefined) => number);
  /** The first delay of a retry, doubled with each retry in a row of that key up to `longestRetryMs`. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
}

/** Keys that want work. A key that is added while it waits is one key; one that is added while it is worked on is worked on again. */
export interface KeyedQueue<K> extends AsyncDisposable {
  readonly add: (keys: Iterable<K>) => void;
  /** A key waits for one moment only, the earliest it was given. */
  readonly addLater: (keys: Iterable<K>, delayMs: number) => void;
  /** Adds the keys later, and later each time, until one is worked on without being retried. */
  readonly retry: (keys: Iterable<K>) => void;
}

/** Starts a queue whose work never runs twice at the same time. Disposing waits for the work at hand and drops the rest. */
export function startKeyedQueue<K>(options: KeyedQueueOptions<K>): KeyedQueue<K> {
  const { settleMs, retryMs = 1_000, longestRetryMs = 30_000 } = options;
  const timers = new Map<K, { readonly timer: NodeJS.Timeout; readonly due: number }>();
  const tries = new Map<K, number>();
  let retried = new Set<K>();
  let waiting = new Set<K>();
  let stopped = false;
  let running: Promise<void> | undefined;

  const add = (keys: Iterable<K>): void => {
    if (stopped) return;
    for (const key of keys) waiting.add(key);
    if (waiting.size > 0) running ??= drain();
  };

  const addLater = (keys: Iterable<K>, delayMs: number): void => {
    if (stopped) return;
    const due = performance.now() + delayMs;
    for (const key of keys) {
      const planned = timers.get(key);
      if (planned !== undefined && planned.due <= due) continue;
      clearTimeout(planned?.timer);
      const timer = setTimeout(() => {
        timers.delete(key);
        add([key]);
      }, delayMs);
      timers.set(key, { timer, due });
    }
  };

  const retry = (keys: Iterable<K>): void => {
    for (const key of keys) {
      retried.add(key);
      // Other occasions find the same fault while a retry waits; they neither hasten nor delay it.
      if (timers.has(key)) continue;
      const before = tries.get(key) ?? 0;
      tries.set(key, before + 1);
      addLater([key], Math.min(retryMs * 2 ** before, longestRetryMs));
    }
  };

  const settled = (): Promise<unknown> => {
    const [first] = waiting;
    const ms = typeof settleMs === 'number' ? settleMs : settleMs(first);
    return new Promise((resolve) => (ms === 0 ? setImmediate(resolve) : setTimeout(resolve, ms)));
  };

  const drain = async (): Promise<void> => {
    while (waiting.size > 0 && !stopped) {
      await settled();
      const keys = waiting;
      waiting = new Set();
      retried = new Set();
      try {
        await options.work(keys);
      } catch (error) {
        options.onError(error, keys);
        retry(keys);
      }
      for (const key of keys) if (!retried.has(key)) tries.delete(key);
    }
    running = undefined;
  };

  return {
    add,
    addLater,
    retry,
    async [Symbol.asyncDispose]() {
      stopped = true;
      for (const { timer } of timers.values()) clearTimeout(timer);
      await running;
    },
  };
}
