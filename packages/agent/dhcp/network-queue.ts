/**
 * Work by network: passes over one network never overlap, passes over different networks run in parallel up
 * to a bound, and marks that come while a network waits or is worked on make one more pass, not one each.
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

interface Waiting {
  readonly done: PromiseWithResolvers<void>;
  readonly notBefore: number;
}

export function createNetworkQueue(options: NetworkQueueOptions): NetworkQueue {
  const waiting = new Map<string, Waiting>();
  const running = new Map<string, Promise<void>>();
  const lastStart = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const start = (networkId: string, { done }: Waiting): void => {
    waiting.delete(networkId);
    if (options.intervalMs > 0) lastStart.set(networkId, performance.now());
    const pass = options.work(networkId).finally(() => {
      running.delete(networkId);
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
      if (entry.notBefore <= now) start(networkId, entry);
      else next = Math.min(next, entry.notBefore);
    }
    if (next !== Infinity) timer = setTimeout(schedule, next - now);
  };

  return {
    mark(networkId) {
      if (closed) return Promise.resolve();
      const entry = waiting.get(networkId) ?? {
        done: Promise.withResolvers<void>(),
        notBefore: (lastStart.get(networkId) ?? -Infinity) + options.intervalMs,
      };
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
