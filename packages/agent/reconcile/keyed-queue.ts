export interface KeyedQueueOptions<K> {
  /** Works off a set of keys. When it rejects, all of them come again after a delay; it may also add keys itself. */
  readonly work: (keys: ReadonlySet<K>) => Promise<void>;
  readonly onError: (error: unknown, keys: ReadonlySet<K>) => void;
  /** How long the first key of a set waits for others. */
  readonly settleMs: number;
  /** The first delay after a failure, doubled with each failure in a row up to `longestRetryMs`. */
  readonly retryMs?: number;
  readonly longestRetryMs?: number;
}

/** Keys that want work. A key that is added while it waits is one key; one that is added while it is worked on is worked on again. */
export interface KeyedQueue<K> extends AsyncDisposable {
  readonly add: (keys: Iterable<K>) => void;
  readonly addLater: (keys: Iterable<K>, delayMs: number) => void;
}

/** Starts a queue whose work never runs twice at the same time. Disposing waits for the work at hand and drops the rest. */
export function startKeyedQueue<K>(options: KeyedQueueOptions<K>): KeyedQueue<K> {
  const { settleMs, retryMs = 1_000, longestRetryMs = 30_000 } = options;
  const timers = new Set<NodeJS.Timeout>();
  let waiting = new Set<K>();
  let failures = 0;
  let stopped = false;
  let running: Promise<void> | undefined;

  const add = (keys: Iterable<K>): void => {
    if (stopped) return;
    for (const key of keys) waiting.add(key);
    if (waiting.size > 0) running ??= drain();
  };

  const addLater = (keys: Iterable<K>, delayMs: number): void => {
    if (stopped) return;
    const kept = [...keys];
    const timer = setTimeout(() => {
      timers.delete(timer);
      add(kept);
    }, delayMs);
    timers.add(timer);
  };

  const drain = async (): Promise<void> => {
    while (waiting.size > 0 && !stopped) {
      await new Promise((resolve) => setTimeout(resolve, settleMs));
      const keys = waiting;
      waiting = new Set();
      try {
        await options.work(keys);
        failures = 0;
      } catch (error) {
        options.onError(error, keys);
        addLater(keys, Math.min(retryMs * 2 ** failures++, longestRetryMs));
      }
    }
    running = undefined;
  };

  return {
    add,
    addLater,
    async [Symbol.asyncDispose]() {
      stopped = true;
      for (const timer of timers) clearTimeout(timer);
      await running;
    },
  };
}
