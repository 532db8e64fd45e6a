import { chunked } from '../../db/chunked.ts';
import type { Tx } from '../../db/types.ts';

/** Tags hang on ids of any table, so they go by hand. */
export async function deleteTags(tx: Tx, ids: readonly string[]): Promise<void> {
  await chunked(ids, async (part) => {
    await tx.deleteFrom('tags').where('resource_id', 'in', part).execute();
    return [];
  });
}
