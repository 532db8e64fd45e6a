/**
 * Work by key (a network, a router): passes over one never overlap, passes over different ones run in parallel up
 * to a bound, and marks that come while one waits or is worked on make one more pass, not one each. While
 * passes over one follow one another, it rests in between, up to twice as long as a pass takes: each fetches
 * all that there is of it, and a burst of changes on a large one must not keep server and agent busy all the time.
 */
export interface PassQueue extends AsyncDisposable {
  /** Asks for a pass that begins after this moment. Resolves when it has ended, whatever its outcome. */
  mark(key: string): Promise<void>;
}

export interface PassQueueOptions {
  readonly work: (key: string) => Promise<void>;
  readonly concurrency: number;
  /** Least time between the beginnings of two passes over one key. */
  readonly intervalMs: number;
  /** Longest rest in a burst. Default: three seconds. A pass that takes longer than that waits for a server rather than works. */
  readonly longestRestMs?: number;
}

/** Longest rest after a pass, in lengths of the pass. */
const LONGEST_REST = 2;
const LONGEST_REST_MS = 3_000;
/** A pass this long after the last one is the first of its burst, and no rest follows it. */
const BURST_GAP_MS = 1_000;

interface Rest {
  readonly until: number;
  /** How many lengths of the pass it was. */
  readonly lengths: number;
}

interface Waiting {
  readonly done: PromiseWithResolvers<void>;
}

export function createPassQueue(options: PassQueueOptions): PassQueue {
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, Promise<void>>();
  const rests = new Map<string, Rest>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = (key: string, { done }: Waiting): void => {
    waiting.delete(key);
    const started = performance.now();
    for (const [id, { until }] of rests) if (until + BURST_GAP_MS < started) rests.delete(id);
    const earlier = rests.get(key);
    const lengths = earlier === undefined ? 0 : Math.min(earlier.lengths + 1, LONGEST_REST);
    const pass = options.work(key).finally(() => {
      running.delete(key);
      const ended = performance.now();
      rests.set(key, { until: Math.max(started + options.intervalMs, ended + Math.min(lengths * (ended - started), options.longestRestMs ?? LONGEST_REST_MS)), lengths });
      done.resolve();
      schedule();
    });
    running.set(key, pass);
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (closed) return;
    const now = performance.now();
    let next = Infinity;
    for (const [key, entry] of waiting) {
      if (running.size >= options.concurrency) return;
      if (running.has(key)) continue;
      const moment = rests.get(key)?.until ?? -Infinity;
      if (moment <= now) start(key, entry);
      else next = Math.min(next, moment);
    }
    if (next !== Infinity) timer = setTimeout(schedule, next - now);
  };

  return {
    mark(key) {
      if (closed) return Promise.resolve();
      const entry = waiting.get(key) ?? { done: Promise.withResolvers<void>() };
      waiting.set(key, entry);
      // Not at once: the marks of one burst of messages are one pass.
      setImmediate(schedule);
      return entry.done.promise;
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      for (const { done } of waiting.values()) done.resolve();
      await Promise.allSettled(running.values());
    },
  };
}
