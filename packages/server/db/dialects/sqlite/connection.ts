import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { TransactionConflict } from '../../errors.ts';
import { isTogether, oneByOne } from '../../together.ts';
import type { SqliteHandles, Statement } from './handles.ts';
import { translateError } from './translate-error.ts';

/** How long another process may hold the file (neutron-db-manage, a second server) before a write fails. */
const busyTimeoutMilliseconds = 10_000;

/**
 * One user of the database. Inside a transaction it holds the write lock and sees its own changes;
 * outside, reads see the last commit and never wait for a writer, and a single write takes the lock for itself.
 */
export class SqliteConnection implements DatabaseConnection {
  readonly #handles: SqliteHandles;
  #inTransaction = false;

  constructor(handles: SqliteHandles) {
    this.#handles = handles;
  }

  async begin(): Promise<void> {
    await this.#handles.writeLock.acquire();
    try {
      // IMMEDIATE: another process is waited for here, never in the middle, where SQLite would have to give up.
      await whileBusy(() => this.#control('begin immediate'));
      this.#inTransaction = true;
    } catch (error) {
      this.#handles.writeLock.release();
      throw error;
    }
  }

  commit(): void {
    this.#control('commit');
    this.#inTransaction = false;
    this.#handles.writeLock.release();
  }

  rollback(): void {
    try {
      // Some errors make SQLite roll back by itself.
      if (this.#handles.writer.handle.inTransaction) this.#control('rollback');
    } finally {
      this.#inTransaction = false;
      this.#handles.writeLock.release();
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    // The caller names the row type: of statements together it is the result of each.
    if (isTogether(query)) return (await oneByOne((each) => this.executeQuery(each), query)) as QueryResult<R>;
    const { writer, reader, writeLock } = this.#handles;
    try {
      if (this.#inTransaction) return run(writer.prepare(query.sql), query.parameters);
      if (reader !== writer) {
        const statement = reader.prepare(query.sql);
        if (statement.readonly) return run(statement, query.parameters);
      }
      await writeLock.acquire();
      try {
        return await whileBusy(() => run<R>(writer.prepare(query.sql), query.parameters));
      } finally {
        writeLock.release();
      }
    } catch (error) {
      throw translateError(error);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  #control(sql: string): void {
    try {
      this.#handles.writer.prepare(sql).run();
    } catch (error) {
      throw translateError(error);
    }
  }
}

/** SQLite's own waiting would block the event loop, so it is short and repeated from here. */
async function whileBusy<T>(attempt: () => T): Promise<T> {
  const deadline = Date.now() + busyTimeoutMilliseconds;
  for (;;) {
    try {
      return attempt();
    } catch (cause) {
      const error = translateError(cause);
      if (!(error instanceof TransactionConflict) || Date.now() > deadline) throw error;
    }
    await sleep(5 + Math.random() * 20);
  }
}

function run<R>(statement: Statement, parameters: readonly unknown[]): QueryResult<R> {
  // The caller names the row type by the query it built; the driver cannot check it.
  if (statement.reader) return { rows: statement.all(...parameters) as R[] };
  const { changes, lastInsertRowid } = statement.run(...parameters);
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
}
