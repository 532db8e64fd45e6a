import type { Tx } from '../types.ts';

/** A step of the schema's history. Runs in one transaction together with the note that it was made; never edited once released. */
export interface Migration {
  /** Sorts by time: "0001-initial". */
  readonly revision: string;
  readonly summary: string;
  /** Speaks of tables as they were then, so of `tx.schema` and `sql`; `schema.ts` has them as they are now. */
  up(tx: Tx): Promise<void>;
}
