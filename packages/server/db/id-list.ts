import { ExpressionWrapper, sql, type Expression, type OperationNode, type RawNode, type SqlBool } from 'kysely';
import type { Database } from './schema.ts';

/** What the compiler of an engine finds in the tree of a query in the place of a long list. */
export interface IdListNode extends RawNode {
  readonly idList: { readonly column: OperationNode; readonly ids: readonly string[] };
}

/**
 * `column in (ids)` for lists of any length: one statement, whose text does not depend on the length, so that
 * it is prepared once. The whole list is one parameter; a list of one is a plain comparison, which engines plan
 * best. `column`: "id", or "ports.id" where the query has several tables.
 *
 *     db.selectFrom('ports').selectAll().where(inList('id', ids))
 *
 */
export function inList(column: string, ids: readonly string[]): Expression<SqlBool> {
  const [only = '', ...others] = ids;
  if (ids.length > 0 && others.length === 0) return sql<SqlBool>`${sql.ref(column)} = ${only}`;
  const ref = sql.ref(column).toOperationNode();
  // As SQLite has it; the compilers of the other engines put their own in its place.
  const written = sql`${sql.ref(column)} in (select value from json_each(${JSON.stringify(ids)}))`.toOperationNode();
  const node: IdListNode = { ...written, idList: { column: ref, ids } };
  return new ExpressionWrapper<Database, keyof Database, SqlBool>(node);
}

export function isIdList(node: RawNode): node is IdListNode {
  return 'idList' in node;
}

/** Runs a query over a list that may be empty; an empty one costs none. */
export async function unlessEmpty<Row>(ids: readonly string[], query: (ids: readonly string[]) => Promise<readonly Row[]>): Promise<readonly Row[]> {
  return ids.length === 0 ? [] : query(ids);
}
