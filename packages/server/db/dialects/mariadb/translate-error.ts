import { ConnectionLost, DatabaseUnavailable, ForeignKeyViolation, TransactionConflict, UniqueViolation } from '../../errors.ts';

/** What mysql2 adds to an Error. */
interface MysqlError extends Error {
  /** The server's number. */
  readonly errno?: number;
  /** The number's name, or that of what happened to the socket. */
  readonly code?: string;
  /** The connection cannot be used again. */
  readonly fatal?: boolean;
  /** Set where the server answered. */
  readonly sqlState?: string;
}

const DUPLICATE = 1062;
/** The last one is a null where a row must refer to another one. */
const NO_REFERENCED_ROW = new Set([1216, 1217, 1451, 1452, 1048]);

/**
 * Deadlock, lock wait timeout, a snapshot out of date, a table altered meanwhile, and what Galera reports where
 * another node's transaction came first (1213 as well; 3101 and 1180 at the commit).
 */
const CONFLICTS = new Set([1020, 1205, 1213, 1412, 1615, 3101]);
const ERROR_DURING_COMMIT = 1180;

/** The server is going, or a node of a cluster is not (yet) part of it: this connection is of no use. */
const LEAVING = new Set([1047, 1053, 1079, 1152, 1158, 1159, 1160, 1161, 1184, 1317, 1927]);
/** The server is there and cannot serve: too many connections, no memory, its disk is full. */
const CANNOT_SERVE = new Set([1021, 1040, 1041, 1203, 1226]);
/** A replica: another connection may lead to the server that took its place. */
const READ_ONLY = new Set([1290, 1792, 1836]);

/** See https://mariadb.com/kb/en/mariadb-error-code-reference/. `sql`: the statement, for its table. */
export function translateError(error: Error, sql: string): Error {
  if (!isMysqlError(error)) return error;
  const { errno = 0 } = error;
  if (errno === DUPLICATE) return new UniqueViolation(tableOf(sql), error);
  if (NO_REFERENCED_ROW.has(errno)) return new ForeignKeyViolation(error);
  if (CONFLICTS.has(errno) || (errno === ERROR_DURING_COMMIT && /deadlock|\b149\b/i.test(error.message))) return new TransactionConflict(error);
  if (CANNOT_SERVE.has(errno) || READ_ONLY.has(errno)) return new DatabaseUnavailable(error.message, { cause: error });
  return isLoss(error) ? new ConnectionLost(error) : error;
}

/** Nothing more can come of the connection. */
export function isLoss(error: unknown): boolean {
  if (!isMysqlError(error)) return false;
  if (error.errno !== undefined && (LEAVING.has(error.errno) || READ_ONLY.has(error.errno))) return true;
  // The server's refusals at the handshake are fatal too, but they are answers.
  return error.sqlState === undefined && (error.fatal === true || error.code !== undefined);
}

function isMysqlError(error: unknown): error is MysqlError {
  return error instanceof Error && ('errno' in error || 'code' in error || 'fatal' in error);
}

/** "Duplicate entry 'x' for key 'PRIMARY'" does not name it. */
function tableOf(sql: string): string {
  return /^\s*(?:insert into|update|replace into)\s+`?(\w+)/i.exec(sql)?.[1] ?? '';
}
