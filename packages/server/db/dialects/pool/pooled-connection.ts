import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { CommitUncertain, ConnectionLost, DatabaseUnavailable } from '../../errors.ts';
import type { PooledConnection } from './connection-pool.ts';
import type { EngineClient, OpenClient } from './engine-client.ts';

/**
 * A place in the pool. It outlives the connections to the server: where one was lost while nothing depended on
 * it (before a transaction, at a read outside one), it opens another and goes on.
 */
export class PooledEngineConnection implements DatabaseConnection, PooledConnection {
  readonly #open: OpenClient;
  readonly #onLost: () => void;
  #client: EngineClient;
  #inTransaction = false;

  private constructor(client: EngineClient, open: OpenClient, onLost: () => void) {
    this.#client = client;
    this.#open = open;
    this.#onLost = onLost;
  }

  static async open(open: OpenClient, onLost: () => void): Promise<PooledEngineConnection> {
    return new PooledEngineConnection(await open(), open, onLost);
  }

  get broken(): boolean {
    return this.#client.lost;
  }

  async begin(): Promise<void> {
    try {
      await this.#client.control('begin');
    } catch (error) {
      await this.#reopenAfter(error);
      await this.#client.control('begin');
    }
    this.#inTransaction = true;
  }

  async commit(): Promise<void> {
    try {
      await this.#client.control('commit');
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw new CommitUncertain(error);
      throw error;
    }
    this.#inTransaction = false;
  }

  /** A transaction whose connection is lost is rolled back by the server. */
  async rollback(): Promise<void> {
    this.#inTransaction = false;
    if (this.#client.lost) return;
    try {
      await this.#client.control('rollback');
    } catch {
      // What is told is the error that led here; the state of this connection is unknown.
      this.#client.end();
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#inTransaction || query.query.kind !== 'SelectQueryNode') return this.#client.run(query.sql, query.parameters);
    try {
      return await this.#client.run(query.sql, query.parameters);
    } catch (error) {
      await this.#reopenAfter(error);
      return this.#client.run(query.sql, query.parameters);
    }
  }

  async *streamQuery<R>(query: CompiledQuery): AsyncIterableIterator<QueryResult<R>> {
    yield await this.executeQuery<R>(query);
  }

  close(): void {
    this.#client.end();
  }

  async #reopenAfter(error: unknown): Promise<void> {
    if (!(error instanceof ConnectionLost)) throw error;
    this.#onLost();
    this.#client.end();
    this.#client = await this.#open();
  }
}
