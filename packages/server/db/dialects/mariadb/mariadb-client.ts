import type { QueryResult } from 'kysely';
import { createConnection, format, type Connection, type ConnectionOptions, type QueryError, type ResultSetHeader } from 'mysql2';
import type { EngineClient, Statement } from '../pool/engine-client.ts';
import { isLoss, translateError } from './translate-error.ts';

/** A server keeps 16,382 prepared statements unless it is told otherwise, for all connections of all programs. */
const TOO_MANY_STATEMENTS = 1461;

/** A connection over mysql2's protocol of prepared statements: values travel in binary, texts are parsed once. */
export class MariadbClient implements EngineClient {
  readonly #connection: Connection;
  #lost = false;

  private constructor(connection: Connection) {
    this.#connection = connection;
    // An idle connection is told of its end by an event alone; without a listener it would end the process.
    connection.on('error', () => {
      this.#lost = true;
    });
    connection.on('end', () => {
      this.#lost = true;
    });
  }

  static connect(options: ConnectionOptions): Promise<MariadbClient> {
    return new Promise((resolve, reject) => {
      const connection = createConnection(options);
      const client = new MariadbClient(connection);
      connection.connect((error) => {
        if (error === null) {
          resolve(client);
          return;
        }
        client.end();
        reject(translateError(error, ''));
      });
    });
  }

  get lost(): boolean {
    return this.#lost;
  }

  run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      // mysql2 only reads the values: its type does not say so.
      this.#connection.execute(sql, parameters as never[], (error: QueryError | null, result: unknown) => {
        if (error === null) {
          resolve(queryResult<R>(result));
          return;
        }
        if (error.errno === TOO_MANY_STATEMENTS) {
          this.#runUnprepared<R>(sql, parameters).then(resolve, reject);
          return;
        }
        this.#lost ||= isLoss(error);
        reject(translateError(error, sql));
      });
    });
  }

  /** As text, with the values in it: prepared statements go one by one. */
  runTogether(statements: readonly Statement[], isTransaction: boolean): Promise<QueryResult<unknown>[]> {
    // mysql2 only reads the values: its type does not say so.
    const texts = statements.map(({ sql, parameters }) => format(sql, parameters as never[]));
    const all = isTransaction ? ['begin', ...texts, 'commit'] : texts;
    return new Promise((resolve, reject) => {
      this.#connection.query(all.join(';'), (error: QueryError | null, result: unknown) => {
        if (error === null) {
          const results = (all.length === 1 ? [result] : (result as readonly unknown[])).map((each) => queryResult<unknown>(each));
          resolve(isTransaction ? results.slice(1, -1) : results);
          return;
        }
        this.#lost ||= isLoss(error);
        reject(translateError(error, statements[0]?.sql ?? ''));
      });
    });
  }

  control(sql: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, (error: QueryError | null) => {
        if (error === null) {
          resolve();
          return;
        }
        this.#lost ||= isLoss(error);
        reject(translateError(error, sql));
      });
    });
  }

  #runUnprepared<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      this.#connection.query(sql, parameters as never[], (error: QueryError | null, result: unknown) => {
        if (error === null) {
          resolve(queryResult<R>(result));
          return;
        }
        this.#lost ||= isLoss(error);
        reject(translateError(error, sql));
      });
    });
  }

  end(): void {
    this.#lost = true;
    this.#connection.destroy();
  }
}

function queryResult<R>(result: unknown): QueryResult<R> {
  // The caller names the row type by the query it built; the driver cannot check it.
  if (Array.isArray(result)) return { rows: result as R[] };
  return { rows: [], numAffectedRows: BigInt((result as ResultSetHeader).affectedRows) };
}
