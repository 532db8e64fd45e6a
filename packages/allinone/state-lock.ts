import { join } from 'node:path';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import BetterSqlite3 from 'better-sqlite3';
import { readService } from './running-service.ts';
import type { StateDirectory } from './state-directory.ts';

/**
 * One service per state directory: held until disposed, and given back by the kernel however the process ends. The lock is
 * SQLite's own on a file of its own, which Node could not take otherwise. Throws CannotStart where it is held.
 */
export function holdStateDirectory(state: StateDirectory): Disposable {
  const lock = new BetterSqlite3(join(state.path, 'lock'), { timeout: 0 });
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if (!(error instanceof BetterSqlite3.SqliteError) || error.code !== 'SQLITE_BUSY') throw error;
    const pid = readService(state)?.pid;
    throw new CannotStart(`a service is already running on ${state.path}${pid === undefined ? '' : ` (pid ${pid})`}; --state-dir names another directory`, { cause: error });
  }
  return { [Symbol.dispose]: () => void lock.close() };
}
