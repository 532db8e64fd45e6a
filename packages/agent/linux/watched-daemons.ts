import type { ProcessEnds } from '../privileged/process-ends.ts';
import { isRunning, type RunningDaemon } from './daemon.ts';

/** One daemon for each of some objects: which it is, and when it ends. */
export interface WatchedDaemons {
  /** Tells of its end from now on; of a daemon that was watched for the object before no longer. */
  watch(id: string, daemon: RunningDaemon): void;
  /** The one that is watched, as long as it runs. */
  running(id: string): RunningDaemon | undefined;
  /** Its end is not told any more. Returns the one that was watched. */
  unwatch(id: string): RunningDaemon | undefined;
  /** The object has none any more. */
  forget(id: string): void;
}

export interface WatchedDaemonsOptions {
  readonly ends: Pick<ProcessEnds, 'watch'>;
  /** A daemon has ended that was to go on; `isRepeated`: soon after the one before it. */
  readonly onEnd: (id: string, isRepeated: boolean) => void;
  /** One that ends within that time after another of its object is to be started again with less haste. */
  readonly repeatedMs?: number;
}

const REPEATED_MS = 10_000;

export function watchedDaemons({ ends, onEnd, repeatedMs = REPEATED_MS }: WatchedDaemonsOptions): WatchedDaemons {
  const watched = new Map<string, { readonly daemon: RunningDaemon; readonly watch: Disposable }>();
  const lastEnds = new Map<string, number>();
  const unwatch = (id: string): RunningDaemon | undefined => {
    const known = watched.get(id);
    watched.delete(id);
    known?.watch[Symbol.dispose]();
    return known?.daemon;
  };
  return {
    unwatch,
    running(id) {
      const daemon = watched.get(id)?.daemon;
      return daemon !== undefined && isRunning(daemon) ? daemon : undefined;
    },
    watch(id, daemon) {
      unwatch(id);
      const ended = (): void => {
        unwatch(id);
        const [before, now] = [lastEnds.get(id) ?? -Infinity, performance.now()];
        lastEnds.set(id, now);
        onEnd(id, now - before < repeatedMs);
      };
      watched.set(id, { daemon, watch: ends.watch(daemon.pid, ended) });
      // Its number may have become another's before the watch began.
      if (!isRunning(daemon)) ended();
    },
    forget(id) {
      unwatch(id);
      lastEnds.delete(id);
    },
  };
}
