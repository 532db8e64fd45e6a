import type { CompiledQuery, DatabaseConnection, QueryResult } from 'kysely';
import { CommitUncertain, ConnectionLost, DatabaseUnavailable } from '../../errors.ts';
import { isTogether, oneByOne, type TogetherQuery } from '../../together.ts';
import type { PooledConnection } from './connection-pool.ts';
import type { EngineClient, OpenClient } from './engine-client.ts';

/** A connection that was used within this time is taken to be there still. */
const restMs = 1000;

/**
 * A place in the pool. It outlives the connections to the server: where one was lost while nothing depended on
 * it (before a transaction, at a read outside one), it opens another and goes on.
 */
export class PooledEngineConnection implements DatabaseConnection, PooledConnection {
  readonly #open: OpenClient;
  readonly #onLost: () => void;
  #client: EngineClient;
  #inTransaction = false;
  /** When it was last known to serve. */
  #usedAt = 0;

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
    // The caller names the row type: of statements together it is the result of each.
    const result = isTogether(query) ? ((await this.#executeTogether(query)) as QueryResult<R>) : await this.#executeOne<R>(query);
    this.#usedAt = Date.now();
    return result;
  }

  async #executeOne<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    if (this.#inTransaction) return this.#client.run(query.sql, query.parameters);
    try {
      return await this.#client.run(query.sql, query.parameters);
    } catch (error) {
      // A change outside a transaction is its own commit.
      if (error instanceof ConnectionLost && query.query.kind !== 'SelectQueryNode') throw new CommitUncertain(error.cause);
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

  async #executeTogether(query: TogetherQuery): Promise<QueryResult<QueryResult<unknown>>> {
    const { together, isTransaction } = query;
    if (isTransaction) return { rows: await this.#transactTogether(together) };
    if (this.#client.runTogether === undefined) return oneByOne((each) => this.executeQuery(each), query);
    if (this.#inTransaction) return { rows: await this.#client.runTogether(together, false) };
    try {
      return { rows: await this.#client.runTogether(together, false) };
    } catch (error) {
      await this.#reopenAfter(error);
      return oneByOne((each) => this.executeQuery(each), query);
    }
  }

  /** The server may have gone before or after it committed; what it refuses it has not committed. */
  async #transactTogether(statements: readonly CompiledQuery[]): Promise<QueryResult<unknown>[]> {
    if (this.#client.runTogether === undefined) throw new Error('this engine does not take a transaction at once');
    // A connection that rested may be lost without anybody having noticed: then nothing has been sent that could be uncertain.
    if (Date.now() - this.#usedAt > restMs) return this.#transactInSteps(statements);
    try {
      return await this.#client.runTogether(statements, true);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) throw new CommitUncertain(error);
      await this.rollback();
      throw error;
    }
  }

  async #transactInSteps(statements: readonly CompiledQuery[]): Promise<QueryResult<unknown>[]> {
    await this.begin();
    try {
      const results = (await this.#client.runTogether?.(statements, false)) ?? [];
      await this.commit();
      return results;
    } catch (error) {
      await this.rollback();
      throw error;
    }
  }

  async #reopenAfter(error: unknown): Promise<void> {
    if (!(error instanceof ConnectionLost)) throw error;
    this.#onLost();
    this.#client.end();
    this.#client = await this.#open();
  }
}
