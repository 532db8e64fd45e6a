import BetterSqlite3 from 'better-sqlite3';
import { ForeignKeyViolation, TransactionConflict, UniqueViolation } from '../../errors.ts';

/** See https://www.sqlite.org/rescode.html. */
export function translateError(error: unknown): unknown {
  if (!(error instanceof BetterSqlite3.SqliteError)) return error;
  switch (error.code) {
    case 'SQLITE_CONSTRAINT_UNIQUE':
    case 'SQLITE_CONSTRAINT_PRIMARYKEY':
      // "UNIQUE constraint failed: ports.network_id, ports.mac_address"
      return new UniqueViolation(/: (\w+)\./.exec(error.message)?.[1] ?? '', error);
    case 'SQLITE_CONSTRAINT_FOREIGNKEY':
    // A null where a row must refer to another one.
    case 'SQLITE_CONSTRAINT_NOTNULL':
      return new ForeignKeyViolation(error);
    case 'SQLITE_BUSY':
    case 'SQLITE_BUSY_SNAPSHOT':
    case 'SQLITE_LOCKED':
      return new TransactionConflict(error);
    default:
      return error;
  }
}
