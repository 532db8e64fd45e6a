import { setTimeout as delay } from 'node:timers/promises';

/** Marks a key after `ms`; until then further failures of it ask for nothing more. */
export function retryLater(ms: number, stopping: AbortSignal, mark: (key: string) => void): (key: string) => void {
  const waiting = new Set<string>();
  return (key) => {
    if (waiting.has(key)) return;
    waiting.add(key);
    delay(ms, undefined, { signal: stopping }).then(
      () => {
        waiting.delete(key);
        mark(key);
      },
      () => undefined,
    );
  };
}
