import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

export interface FullSync {
  /** Asks for one more synchronisation; several requests that wait are one. The first begins it all. */
  request(): void;
  /** Resolves after the first that succeeded. */
  readonly first: Promise<void>;
}

export interface FullSyncOptions {
  readonly synchronise: () => Promise<void>;
  /** Wait after a failure. */
  readonly retryMs: number;
  /** Least time between the beginnings of two. */
  readonly throttleMs: number;
  /** Wait until the next one that nobody asked for; 0 for none. */
  readonly intervalMs: number;
  readonly stopping: AbortSignal;
  readonly log: Logger;
}

/** Once requested, synchronises at once, then on request, at intervals, and again after failures, one at a time. */
export function createFullSync(options: FullSyncOptions): FullSync {
  const { stopping, log } = options;
  const first = Promise.withResolvers<void>();
  let requested = Promise.withResolvers<void>();
  stopping.addEventListener('abort', () => {
    requested.resolve();
    first.resolve();
  });

  const loop = async (): Promise<void> => {
    while (!stopping.aborted) {
      requested = Promise.withResolvers<void>();
      const began = performance.now();
      try {
        await options.synchronise();
        first.resolve();
        await Promise.race([requested.promise, ...(options.intervalMs > 0 ? [delay(options.intervalMs, undefined, { signal: stopping, ref: false })] : [])]);
        await delay(Math.max(0, began + options.throttleMs - performance.now()), undefined, { signal: stopping });
      } catch (error) {
        if (stopping.aborted) return;
        log.warn({ err: error }, 'the full synchronisation failed; it is repeated');
        await delay(options.retryMs, undefined, { signal: stopping }).catch(() => undefined);
      }
    }
  };
  let isStarted = false;
  const request = (): void => {
    requested.resolve();
    if (isStarted) return;
    isStarted = true;
    void loop();
  };
  return { request, first: first.promise };
}
