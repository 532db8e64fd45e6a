import type { QueryResult } from 'kysely';

/** One connection to a database server. All errors are those of `errors.ts` where they are of interest to anybody. */
export interface EngineClient {
  /** Set once the connection cannot be used again. */
  readonly lost: boolean;
  /** Runs a statement that is prepared on its first use. One at a time. */
  run<R>(sql: string, parameters: readonly unknown[]): Promise<QueryResult<R>>;
  /**
   * Runs several statements in one round trip, in order, up to the first that fails; where they are a transaction, with its begin
   * and commit around them. Absent where the protocol does not allow it.
   */
  runTogether?(statements: readonly Statement[], isTransaction: boolean): Promise<QueryResult<unknown>[]>;
  /** Runs a statement without parameters or result, such as "begin". */
  control(sql: string): Promise<void>;
  /** Ends the connection without waiting. */
  end(): void;
}

export interface Statement {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Opens a connection and prepares its session: UTC, READ COMMITTED, UTF-8. */
export type OpenClient = () => Promise<EngineClient>;
