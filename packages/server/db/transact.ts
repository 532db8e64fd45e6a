import { setTimeout as sleep } from 'node:timers/promises';
import { CommitUncertain, ConnectionLost, DatabaseUnavailable, ForeignKeyViolation, TransactionConflict, UniqueViolation } from './errors.ts';
import type { Db, DbOrTx, Tx } from './types.ts';

const attempts = 12;
/** Connections to a server that was started anew are all lost; more losses than that are an outage. */
const mostLosses = 3;
/** How long a request waits to learn whether its COMMIT was carried out. */
const certaintyMs = 10_000;

/** Whether what a transaction returned is there: asked where the answer to its COMMIT was lost. */
export type IsThere<T> = (db: DbOrTx, result: T) => Promise<boolean>;

/**
 * Runs `fn` in one writing transaction and returns its result after the commit.
 *
 * INVARIANT: `fn` may run several times, so it decides everything from what it reads through `tx` and
 * leaves no trace elsewhere. It is repeated when another transaction won: the engine said so, or took
 * the address, segment or row that `fn` had found free a moment before; and when the connection was lost before
 * the commit was sent.
 */
export async function transact<T>(db: Db, fn: (tx: Tx) => Promise<T>, isThere?: IsThere<T>): Promise<T> {
  return untilWon(() => inTransaction(db, fn, isThere));
}

/**
 * For work that reads before its transaction, so that others need not wait meanwhile: all of it is repeated when another
 * transaction won. What it read may have changed; constraints and conditions on what it writes have to find that out.
 */
export async function untilWon<T>(work: () => Promise<T>): Promise<T> {
  let losses = 0;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ConnectionLost && losses < mostLosses) losses += 1;
      else if (attempt >= attempts || !isLostRace(error)) throw error;
      await sleep(Math.random() * 2 ** Math.min(attempt, 7));
    }
  }
}

/**
 * One attempt. Where the answer to the commit was lost `isThere` decides what came of it; without it, or where it
 * says no, CommitUncertain is thrown, and nothing is done a second time.
 */
export async function inTransaction<T>(db: Db, fn: (tx: Tx) => Promise<T>, isThere?: IsThere<T>): Promise<T> {
  let result: { readonly value: T } | undefined;
  try {
    return await db.transaction().execute(async (tx) => {
      const value = await fn(tx);
      result = { value };
      return value;
    });
  } catch (error) {
    if (error instanceof CommitUncertain && result !== undefined && isThere !== undefined && (await wasCommitted(db, result.value, isThere))) return result.value;
    throw error;
  }
}

/** As `inTransaction` for a transaction under way whose result is known beforehand. */
export async function settled<T>(db: Db, transaction: Promise<unknown>, result: T, isThere: IsThere<T>): Promise<void> {
  try {
    await transaction;
  } catch (error) {
    if (error instanceof CommitUncertain && (await wasCommitted(db, result, isThere))) return;
    throw error;
  }
}

function isLostRace(error: unknown): boolean {
  return error instanceof TransactionConflict || error instanceof UniqueViolation || error instanceof ForeignKeyViolation;
}

async function wasCommitted<T>(db: Db, value: T, isThere: IsThere<T>): Promise<boolean> {
  const deadline = Date.now() + certaintyMs;
  for (;;) {
    try {
      return await isThere(db, value);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || Date.now() > deadline) throw error;
      await sleep(200);
    }
  }
}
