import type { CompiledQuery, DialectAdapter, QueryResult } from 'kysely';
import type { Db, DbOrTx, Tx } from './types.ts';

/*
 * Statements that do not need each other's answers travel together: where an engine's protocol allows it, all of them take one
 * round trip, which costs more than what most of them do.
 */

/** Several statements in the place of one; the result has a row for each: its own result. */
export interface TogetherQuery extends CompiledQuery<QueryResult<unknown>> {
  readonly together: readonly CompiledQuery[];
  /** They are a transaction of their own, begin and commit included. Only for engines that say `sendsTogether`. */
  readonly isTransaction: boolean;
}

/** What the adapter of an engine says that takes several statements at once. */
export interface TogetherAdapter {
  readonly sendsTogether?: boolean;
}

type RowsOf<Q> = Q extends CompiledQuery<infer Row> ? readonly Row[] : never;

/** The rows of each query. Outside a transaction each sees the last commit, as ever. */
export async function readTogether<const Queries extends readonly CompiledQuery<unknown>[]>(db: DbOrTx, queries: Queries): Promise<{ -readonly [I in keyof Queries]: RowsOf<Queries[I]> }> {
  const { rows } = await db.executeQuery(together(queries, false));
  return (rows as readonly QueryResult<unknown>[]).map((result) => result.rows) as { -readonly [I in keyof Queries]: RowsOf<Queries[I]> };
}

export async function writeTogether(tx: Tx, statements: readonly CompiledQuery[]): Promise<readonly QueryResult<unknown>[]> {
  return statements.length === 0 ? [] : ((await tx.executeQuery(together(statements, false))).rows as readonly QueryResult<unknown>[]);
}

/** A transaction whose statements are all known beforehand. Returns the result of each. */
export async function transactTogether(db: Db, statements: readonly CompiledQuery[]): Promise<readonly QueryResult<unknown>[]> {
  const { sendsTogether = false } = db.getExecutor().adapter as DialectAdapter & TogetherAdapter;
  if (!sendsTogether) return db.transaction().execute((tx) => writeTogether(tx, statements));
  return (await db.executeQuery(together(statements, true))).rows as readonly QueryResult<unknown>[];
}

export function isTogether(query: CompiledQuery): query is TogetherQuery {
  return 'together' in query;
}

/** For connections that send one statement after the other. */
export async function oneByOne(run: (query: CompiledQuery) => Promise<QueryResult<unknown>>, { together: queries }: TogetherQuery): Promise<QueryResult<QueryResult<unknown>>> {
  const rows: QueryResult<unknown>[] = [];
  for (const query of queries) rows.push(await run(query));
  return { rows };
}

function together(queries: readonly CompiledQuery[], isTransaction: boolean): TogetherQuery {
  const [first] = queries;
  if (first === undefined) throw new RangeError('no statement');
  // The text is for logs.
  return { query: first.query, queryId: first.queryId, sql: queries.map(({ sql }) => sql).join('; '), parameters: [], together: queries, isTransaction };
}
