import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetNotFound } from '@neutrino/lib/exceptions/subnet';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import { lockedIf } from '../../../db/lock-row.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleSubnets } from '../visibility.ts';
import { subnetViews, type SubnetRow } from './subnet-view.ts';

/** The row of a subnet the context may see. Throws SubnetNotFound. `lock`: it is going to be changed in this transaction. */
export async function visibleSubnet(db: DbOrTx, context: RequestContext, id: string, { lock = false } = {}): Promise<SubnetRow> {
  const row = await lockedIf(lock, db.selectFrom('subnets').selectAll().where('id', '=', id).where(visibleSubnets(context))).executeTakeFirst();
  if (row === undefined) throw new NeutronError(SubnetNotFound, { subnet_id: id });
  return row;
}

export async function subnetView(ml2: Ml2, db: DbOrTx, id: string, context: RequestContext): Promise<JsonObject> {
  const [view] = await subnetViewsById(ml2, db, [id], context);
  if (view === undefined) throw new NeutronError(SubnetNotFound, { subnet_id: id });
  return view;
}

/** Subnets as the API shows them, in the order of `ids`; those that are gone are left out. */
export async function subnetViewsById(ml2: Ml2, db: DbOrTx, ids: readonly string[], context: RequestContext): Promise<readonly JsonObject[]> {
  const rows = await unlessEmpty(ids, (part) => db.selectFrom('subnets').selectAll().where(inList('id', part)).execute());
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = ids.flatMap((id) => byId.get(id) ?? []);
  return subnetViews(ml2, db, ordered, context);
}
