import type { SelectQueryBuilder } from 'kysely';
import type { Database } from './schema.ts';

/**
 * For a query that begins a change: until the end of the transaction nobody else changes the rows that it finds, nor
 * adds rows that refer to them. What is decided from them, and from what refers to them, then still holds at the commit.
 *
 *     lockedIf(lock, tx.selectFrom('ports').selectAll().where('id', '=', id))
 */
export function lockedIf<TB extends keyof Database, O>(lock: boolean, query: SelectQueryBuilder<Database, TB, O>): SelectQueryBuilder<Database, TB, O> {
  return lock ? query.forUpdate() : query;
}
