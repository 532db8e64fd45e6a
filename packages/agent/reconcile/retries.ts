import { MessagingTimeout, RemoteError, TransportClosed } from '@neutrino/lib/rpc/messaging';

/** Work by key (a network, a router) that failed and is to be done again. */
export interface Retries {
  /** Marks the key in a while; until then further failures of it ask for nothing more. */
  later(key: string, error?: unknown): void;
  /** The next failure of the key is its first. */
  succeeded(key: string): void;
}

export interface RetriesOptions {
  /** Wait after a first failure. Each further one in a row is waited for twice as long, up to `longestMs`. */
  readonly ms: number;
  readonly longestMs?: number;
  readonly stopping: AbortSignal;
  readonly mark: (key: string) => void;
}

/** What cannot be done on this host is hardly ever done by trying it every few seconds. All objects are looked at as often in any case. */
const LONGEST_MS = 60_000;

export function createRetries({ ms, longestMs = Math.max(ms, LONGEST_MS), stopping, mark }: RetriesOptions): Retries {
  const timers = new Map<string, NodeJS.Timeout>();
  const failures = new Map<string, number>();
  stopping.addEventListener('abort', () => {
    for (const timer of timers.values()) clearTimeout(timer);
    timers.clear();
  });
  return {
    later(key, error) {
      if (timers.has(key) || stopping.aborted) return;
      const before = failures.get(key) ?? 0;
      // A server that is away is nothing about the object, and is back at any moment.
      if (!isOfServer(error)) failures.set(key, before + 1);
      const timer = setTimeout(() => {
        timers.delete(key);
        mark(key);
      }, isOfServer(error) ? ms : Math.min(ms * 2 ** before, longestMs));
      timers.set(key, timer);
    },
    succeeded: (key) => void failures.delete(key),
  };
}

function isOfServer(error: unknown): boolean {
  return error instanceof RemoteError || error instanceof MessagingTimeout || error instanceof TransportClosed;
}
