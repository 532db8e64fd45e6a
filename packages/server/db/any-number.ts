import { ExpressionWrapper, sql, type Expression, type RawNode } from 'kysely';
import type { Database } from './schema.ts';

interface AnyNumberNode extends RawNode {
  readonly anyNumber: true;
}

/**
 * A whole number that a client gave, to be compared with a column of whole numbers. PostgreSQL would take it for
 * one of the column's own type, and refuse the statement where it is too large for that.
 */
export function anyNumber(value: number): Expression<number> {
  const node: AnyNumberNode = { ...sql`${value}`.toOperationNode(), anyNumber: true };
  return new ExpressionWrapper<Database, keyof Database, number>(node);
}

export function isAnyNumber(node: RawNode): node is AnyNumberNode {
  return 'anyNumber' in node;
}
