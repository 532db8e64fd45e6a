import { setTimeout as sleep } from 'node:timers/promises';
import { ForeignKeyViolation, TransactionConflict, UniqueViolation } from './errors.ts';
import type { Db, Tx } from './types.ts';

const attempts = 12;

/**
 * Runs `fn` in one writing transaction and returns its result after the commit.
 *
 * INVARIANT: `fn` may run several times, so it decides everything from what it reads through `tx` and
 * leaves no trace elsewhere. It is repeated when another transaction won: the engine said so, or took
 * the address, segment or row that `fn` had found free a moment before.
 */
export async function transact<T>(db: Db, fn: (tx: Tx) => Promise<T>): Promise<T> {
  return untilWon(() => db.transaction().execute(fn));
}

/**
 * For work that reads before its transaction, so that others need not wait meanwhile: all of it is repeated when another
 * transaction won. What it read may have changed; constraints and conditions on what it writes have to find that out.
 */
export async function untilWon<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === attempts || !isLostRace(error)) throw error;
      await sleep(Math.random() * 2 ** Math.min(attempt, 7));
    }
  }
}

function isLostRace(error: unknown): boolean {
  return error instanceof TransactionConflict || error instanceof UniqueViolation || error instanceof ForeignKeyViolation;
}
