import pg from 'pg';
import { ConnectionLost, DatabaseUnavailable, ForeignKeyViolation, TransactionConflict, UniqueViolation, UnstorableText } from '../../errors.ts';

/** Serialization failure, deadlock, a lock not given in time. */
const CONFLICTS = new Set(['40001', '40P01', '55P03']);

/** Shutdown by an operator or after a crash, a session that was idle in a transaction for too long. */
const LEAVING = new Set(['57P01', '57P02', '57P05', '25P03']);
/** Starting up or recovering, too many connections, no memory, no space. */
const CANNOT_SERVE = new Set(['57P03', '53000', '53100', '53200', '53300', '53400']);
/** A replica: another connection may lead to the server that took its place. */
const READ_ONLY = '25006';
/** A NUL character, which this engine's texts cannot hold. */
const UNSTORABLE = new Set(['22021', '22P05']);
/** Of a statement prepared before a migration. */
const PLAN_OUTDATED = /cached plan must not change result type/;

/** See https://www.postgresql.org/docs/current/errcodes-appendix.html. */
export function translateError(error: Error): Error {
  if (!(error instanceof pg.DatabaseError)) return new ConnectionLost(error);
  const { code = '' } = error;
  if (code === '23505') return new UniqueViolation(error.table ?? '', error);
  // The other one is a null where a row must refer to another one.
  if (code === '23503' || code === '23502') return new ForeignKeyViolation(error);
  if (CONFLICTS.has(code)) return new TransactionConflict(error);
  if (UNSTORABLE.has(code)) return new UnstorableText(error);
  if (code === READ_ONLY || CANNOT_SERVE.has(code)) return new DatabaseUnavailable(error.message, { cause: error });
  return isLoss(error) ? new ConnectionLost(error) : error;
}

/** Nothing more can come of the connection. */
export function isLoss(error: Error): boolean {
  if (!(error instanceof pg.DatabaseError)) return true;
  const { code = '' } = error;
  return code.startsWith('08') || LEAVING.has(code) || code === READ_ONLY || PLAN_OUTDATED.test(error.message);
}
