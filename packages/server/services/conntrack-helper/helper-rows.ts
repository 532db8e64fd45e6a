import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { ConntrackHelpersTable } from '../../db/schema.ts';
import type { DbOrTx } from '../../db/types.ts';

export type HelperRow = Selectable<ConntrackHelpersTable>;

/** Router → its helpers as it shows them itself. */
export async function helpersShown(db: DbOrTx, routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly JsonObject[]>> {
  const rows = await unlessEmpty(routerIds, (ids) => db.selectFrom('conntrack_helpers').selectAll().where(inList('router_id', ids)).orderBy('id').execute());
  const grouped = Map.groupBy(rows, ({ router_id }) => router_id);
  return new Map([...grouped].map(([id, own]) => [id, own.map(({ protocol, port, helper }) => ({ protocol, port, helper }))]));
}
