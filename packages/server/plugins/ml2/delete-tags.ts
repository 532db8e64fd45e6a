import { inList } from '../../db/id-list.ts';
import type { Tx } from '../../db/types.ts';

/** Tags hang on ids of any table, so they go by hand. */
export async function deleteTags(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.deleteFrom('tags').where(inList('resource_id', ids)).execute();
}
