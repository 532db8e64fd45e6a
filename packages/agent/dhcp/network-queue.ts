/**
 * Work by network: passes over one network never overlap, passes over different networks run in parallel up
 * to a bound, and marks that come while a network waits or is worked on make one more pass, not one each. While
 * passes over a network follow one another, it rests in between, up to twice as long as a pass takes: each fetches
 * all ports of the network, and a burst of changes on a large one must not keep server and agent busy all the time.
 */
export interface NetworkQueue extends AsyncDisposable {
  /** Asks for a pass that begins after this moment. Resolves when it has ended, whatever its outcome. */
  mark(networkId: string): Promise<void>;
}

export interface NetworkQueueOptions {
  readonly work: (networkId: string) => Promise<void>;
  readonly concurrency: number;
  /** Least time between the beginnings of two passes over one network. */
  readonly intervalMs: number;
}

/** Longest rest after a pass, in lengths of the pass. */
const LONGEST_REST = 2;
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

export function createNetworkQueue(options: NetworkQueueOptions): NetworkQueue {
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, Promise<void>>();
  const rests = new Map<string, Rest>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = (networkId: string, { done }: Waiting): void => {
    waiting.delete(networkId);
    const started = performance.now();
    for (const [id, { until }] of rests) if (until + BURST_GAP_MS < started) rests.delete(id);
    const earlier = rests.get(networkId);
    const lengths = earlier === undefined ? 0 : Math.min(earlier.lengths + 1, LONGEST_REST);
    const pass = options.work(networkId).finally(() => {
      running.delete(networkId);
      const ended = performance.now();
      rests.set(networkId, { until: Math.max(started + options.intervalMs, ended + lengths * (ended - started)), lengths });
      done.resolve();
      schedule();
    });
    running.set(networkId, pass);
  };

  const schedule = (): void => {
    clearTimeout(timer);
    if (closed) return;
    const now = performance.now();
    let next = Infinity;
    for (const [networkId, entry] of waiting) {
      if (running.size >= options.concurrency) return;
      if (running.has(networkId)) continue;
      const moment = rests.get(networkId)?.until ?? -Infinity;
      if (moment <= now) start(networkId, entry);
      else next = Math.min(next, moment);
    }
    if (next !== Infinity) timer = setTimeout(schedule, next - now);
  };

  return {
    mark(networkId) {
      if (closed) return Promise.resolve();
      const entry = waiting.get(networkId) ?? { done: Promise.withResolvers<void>() };
      waiting.set(networkId, entry);
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
