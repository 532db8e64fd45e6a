import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import { lockedIf } from '../../../db/lock-row.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleNetworks } from '../visibility.ts';
import { networkViews, type NetworkRow } from './network-view.ts';

/** The row of a network the context may see. Throws NetworkNotFound. `lock`: it is going to be changed in this transaction. */
export async function visibleNetwork(db: DbOrTx, context: RequestContext, id: string, { lock = false } = {}): Promise<NetworkRow> {
  const row = await lockedIf(lock, db.selectFrom('networks').selectAll().where('id', '=', id).where(visibleNetworks(context))).executeTakeFirst();
  if (row === undefined) throw new NeutronError(NetworkNotFound, { net_id: id });
  return row;
}

export async function networkView(ml2: Ml2, db: DbOrTx, id: string, context: RequestContext): Promise<JsonObject> {
  const [view] = await networkViewsById(ml2, db, [id], context);
  if (view === undefined) throw new NeutronError(NetworkNotFound, { net_id: id });
  return view;
}

/** Networks as the API shows them, in the order of `ids`; those that are gone are left out. */
export async function networkViewsById(ml2: Ml2, db: DbOrTx, ids: readonly string[], context: RequestContext): Promise<readonly JsonObject[]> {
  const rows = await unlessEmpty(ids, (part) => db.selectFrom('networks').selectAll().where(inList('id', part)).execute());
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = ids.flatMap((id) => byId.get(id) ?? []);
  return networkViews(ml2, db, ordered, context);
}
