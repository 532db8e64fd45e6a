import type { Tx } from '../types.ts';

/**
 * A step of the schema's history, never edited once released. Runs in one transaction together with the note that it
 * was made. MariaDB commits each change of a table at once and, after an interruption, runs it again from the start: its
 * compiler adds "if not exists" and "if exists" to tables, indices and columns, and what changes rows must bear repetition.
 */
export interface Migration {
  /** Sorts by time: "0001-initial". */
  readonly revision: string;
  readonly summary: string;
  /** Speaks of tables as they were then, so of `tx.schema` and `sql`; `schema.ts` has them as they are now. */
  up(tx: Tx): Promise<void>;
}
