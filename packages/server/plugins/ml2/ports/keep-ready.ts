import type { Db } from '../../../db/types.ts';
import { storeReadyIfUnchanged, type ReadyPort } from './ready-port.ts';

/** More than this wait for nobody: who reads them next puts them together again. */
const mostWaiting = 20_000;
/** What one transaction writes: others wait for the rows, and with SQLite for all of it. */
const atOnce = 100;

/**
 * Keeps ports that a reader had to put together (after an upgrade, another configuration, a change of many at once), so that
 * the next need not: soon, some at a time, and never where they changed meanwhile.
 */
export function createReadyKeeper(db: Db): (ports: readonly ReadyPort[]) => void {
  const waiting = new Map<string, ReadyPort>();
  let running = false;
  const keepAll = async (): Promise<void> => {
    while (waiting.size > 0) {
      const ports = [...waiting.values()].slice(0, atOnce);
      for (const { id } of ports) waiting.delete(id);
      await db.transaction().execute(async (tx) => {
        for (const port of ports) await storeReadyIfUnchanged(tx, port);
      });
    }
  };
  return (ports) => {
    for (const port of ports) if (waiting.size < mostWaiting) waiting.set(port.id, port);
    if (running || waiting.size === 0) return;
    running = true;
    setImmediate(() => {
      // Where it fails nothing is lost: the next reader tries again.
      void keepAll()
        .catch(() => waiting.clear())
        .finally(() => {
          running = false;
        });
    });
  };
}
