import BetterSqlite3 from 'better-sqlite3';
import { WriteLock } from './write-lock.ts';

export type Statement = BetterSqlite3.Statement<unknown[], unknown>;

/** An open database file: one handle that writes and one that reads what is committed. */
export interface SqliteHandles {
  readonly writer: StatementCache;
  /** The same as `writer` for a database in memory, which only its own handle can see. */
  readonly reader: StatementCache;
  readonly writeLock: WriteLock;
}

/** `path` is a file name, or ":memory:". */
export function openHandles(path: string): SqliteHandles {
  const writer = openHandle(path);
  // An acknowledged write survives even a power cut: with WAL that takes FULL, not NORMAL.
  writer.pragma('journal_mode = WAL');
  writer.pragma('synchronous = FULL');
  writer.pragma('foreign_keys = ON');
  const writing = new StatementCache(writer);
  // Opening may block; a running server may not: see connection.ts for how it waits.
  writer.pragma('busy_timeout = 10');
  if (path === ':memory:') return { writer: writing, reader: writing, writeLock: new WriteLock() };
  const reader = openHandle(path);
  reader.pragma('query_only = ON');
  return { writer: writing, reader: new StatementCache(reader), writeLock: new WriteLock() };
}

export function closeHandles({ writer, reader }: SqliteHandles): void {
  if (reader !== writer) reader.handle.close();
  writer.handle.close();
}

function openHandle(path: string): BetterSqlite3.Database {
  const handle = openFile(path);
  handle.pragma('cache_size = -16000');
  handle.pragma('temp_store = MEMORY');
  return handle;
}

function openFile(path: string): BetterSqlite3.Database {
  try {
    return new BetterSqlite3(path, { timeout: 5000 });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`cannot open the database ${path}: ${reason}`, { cause });
  }
}

/** Preparing costs several times what running a small statement does; texts recur because values are parameters. */
export class StatementCache {
  readonly handle: BetterSqlite3.Database;
  readonly #statements = new Map<string, Statement>();
  static readonly #limit = 1000;

  constructor(handle: BetterSqlite3.Database) {
    this.handle = handle;
  }

  prepare(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.handle.prepare<unknown[], unknown>(sql);
    // Lists of values make texts of many lengths; starting over is cheaper than keeping them in order of use.
    if (this.#statements.size >= StatementCache.#limit) this.#statements.clear();
    this.#statements.set(sql, statement);
    return statement;
  }
}
