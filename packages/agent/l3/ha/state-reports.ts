import type { Logger } from 'pino';
import type { CopyState } from './plan-ha.ts';

/** Tells the server which copies on this host are active. */
export interface StateReports extends Disposable {
  /** `known`: what the server said of it last. */
  note(routerId: string, state: CopyState, known: string | undefined): void;
  forget(routerId: string): void;
  /** What the server says next is news: it may have forgotten. */
  reset(): void;
}

export interface StateReportsOptions {
  readonly report: (states: ReadonlyMap<string, ReportedState>) => Promise<void>;
  readonly retryMs: number;
  readonly log: Logger;
}

export type ReportedState = 'active' | 'standby';
/** What changes in one moment is one message. */
const BATCH_MS = 20;

export function createStateReports({ report, retryMs, log }: StateReportsOptions): StateReports {
  const told = new Map<string, ReportedState>();
  const toTell = new Map<string, ReportedState>();
  let timer: NodeJS.Timeout | undefined;
  let isTelling = false;
  let isDisposed = false;

  const tellIn = (ms: number): void => {
    if (timer === undefined && !isTelling && !isDisposed) timer = setTimeout(() => void tell(), ms);
  };
  const tell = async (): Promise<void> => {
    timer = undefined;
    isTelling = true;
    const batch = new Map(toTell);
    let again = BATCH_MS;
    try {
      await report(batch);
      for (const [routerId, state] of batch) if (toTell.get(routerId) === state) toTell.delete(routerId);
    } catch (error) {
      if (!isDisposed) log.warn({ err: error, routers: batch.size }, 'the server cannot be told which routers are active here; it is tried again');
      again = retryMs;
    }
    isTelling = false;
    if (toTell.size > 0) tellIn(again);
  };

  return {
    note(routerId, state, known) {
      const now: ReportedState = state === 'primary' ? 'active' : 'standby';
      if ((told.get(routerId) ?? known) === now) {
        told.set(routerId, now);
        return;
      }
      told.set(routerId, now);
      toTell.set(routerId, now);
      tellIn(BATCH_MS);
    },
    forget(routerId) {
      told.delete(routerId);
      toTell.delete(routerId);
    },
    reset: () => told.clear(),
    [Symbol.dispose]() {
      isDisposed = true;
      clearTimeout(timer);
    },
  };
}
