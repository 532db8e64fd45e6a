/** What every dialect turns its engine's errors into, so that nothing outside `dialects/` knows an error code. */

/** A unique constraint or primary key refused a row. */
export class UniqueViolation extends Error {
  override readonly name = 'UniqueViolation';
  readonly table: string;

  constructor(table: string, cause: unknown) {
    super(`duplicate row in ${table}`, { cause });
    this.table = table;
  }
}

/** A row refers to one that is gone, or one that is still referred to was deleted. */
export class ForeignKeyViolation extends Error {
  override readonly name = 'ForeignKeyViolation';

  constructor(cause: unknown) {
    super('a row refers to one that does not exist', { cause });
  }
}

/** The engine gave up a transaction in favour of another one: deadlock, serialization failure, busy. */
export class TransactionConflict extends Error {
  override readonly name = 'TransactionConflict';

  constructor(cause: unknown) {
    super('the transaction lost against another one', { cause });
  }
}

/** The database is away: it refuses connections, has broken one, or is in no state to answer. */
export class DatabaseUnavailable extends Error {
  override readonly name: string = 'DatabaseUnavailable';
}

/** The connection broke after it had served: whoever has not committed yet may begin again on another one. */
export class ConnectionLost extends DatabaseUnavailable {
  override readonly name = 'ConnectionLost';

  constructor(cause: unknown) {
    super('the connection to the database was lost', { cause });
  }
}

/** The connection broke between the COMMIT and its answer: the transaction has happened or not. */
export class CommitUncertain extends DatabaseUnavailable {
  override readonly name = 'CommitUncertain';

  constructor(cause: unknown) {
    super('the connection to the database was lost while a transaction was committed', { cause });
  }
}

/** A text holds a character that the engine cannot store. */
export class UnstorableText extends Error {
  override readonly name = 'UnstorableText';

  constructor(cause: unknown) {
    super('a text holds a character that the database cannot store', { cause });
  }
}
