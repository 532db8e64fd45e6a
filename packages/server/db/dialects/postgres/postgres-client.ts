import type { QueryResult } from 'kysely';
import pg from 'pg';
import type { EngineClient } from '../pool/engine-client.ts';
import type { StatementNames } from './statement-names.ts';
import { isLoss, translateError } from './translate-error.ts';

const BIGINT = 20;
const NUMERIC = 1700;

/** Whole numbers of 64 bits and sums are numbers, as on the other engines: none of ours leaves 2⁵³. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type: number, format?: 'text' | 'binary') => (type === BIGINT || type === NUMERIC ? Number : pg.types.getTypeParser(type, format)),
};

/** A connection over pg, with named statements for the texts that recur. */
export class PostgresClient implements EngineClient {
  readonly #client: pg.Client;
  readonly #names: StatementNames;
  #lost = false;

  private constructor(client: pg.Client, names: StatementNames) {
    this.#client = client;
    this.#names = names;
    // An idle connection is told of its end by an event alone; without a listener it would end the process.
    client.on('error', () => {
      this.#lost = true;
    });
    client.on('end', () => {
      this.#lost = true;
    });
  }

  static async connect(config: pg.ClientConfig, names: StatementNames): Promise<PostgresClient> {
    const client = new PostgresClient(new pg.Client({ ...config, types }), names);
    try {
      await client.#client.connect();
      return client;
    } catch (error) {
      client.end();
      throw error instanceof Error ? translateError(error) : error;
    }
  }

  get lost(): boolean {
    return this.#lost;
  }

  run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    const name = this.#names.nameOf(sql);
    return this.#ask({ text: sql, values: parameters as unknown[], ...(name !== undefined && { name }) });
  }

  async control(sql: string): Promise<void> {
    await this.#ask({ text: sql });
  }

  end(): void {
    this.#lost = true;
    // Its promise tells of a goodbye that nobody waits for.
    this.#client.end().catch(() => undefined);
  }

  #ask<R>(query: pg.QueryConfig): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      this.#client.query(query, (error: Error | null, result: pg.QueryResult) => {
        if (error === null) {
          // The caller names the row type by the query it built; the driver cannot check it.
          resolve(result.command === 'SELECT' ? { rows: result.rows as R[] } : { rows: result.rows as R[], numAffectedRows: BigInt(result.rowCount ?? 0) });
          return;
        }
        this.#lost ||= isLoss(error);
        reject(translateError(error));
      });
    });
  }
}
