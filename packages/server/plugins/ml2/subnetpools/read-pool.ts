import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetPoolNotFound } from '@neutrino/lib/exceptions/subnetpool';
import type { JsonObject } from '@neutrino/lib/json';
import { sql } from 'kysely';
import type { RequestContext } from '../../../context.ts';
import { inList } from '../../../db/id-list.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { visibleSubnetpools } from '../visibility.ts';
import { poolViews, type PoolRow } from './pool-view.ts';

/** The row of a pool the context may see. Throws SubnetPoolNotFound. */
export async function visiblePool(db: DbOrTx, context: RequestContext, id: string): Promise<PoolRow> {
  const row = await db.selectFrom('subnetpools').selectAll().where('id', '=', id).where(visibleSubnetpools(context)).executeTakeFirst();
  if (row === undefined) throw notFound(id);
  return row;
}

/**
 * As visiblePool, and until the end of the transaction nobody else takes prefixes out of the pool or changes it. Locks are
 * taken in this order: network, pool, address scope.
 */
export async function lockedPool(tx: Tx, context: RequestContext, id: string): Promise<PoolRow> {
  await tx.updateTable('subnetpools').set({ allocations: sql`allocations + 1` }).where('id', '=', id).execute();
  return visiblePool(tx, context, id);
}

export async function poolView(db: DbOrTx, context: RequestContext, row: PoolRow): Promise<JsonObject> {
  const [view] = await poolViews(db, [row], context);
  if (view === undefined) throw notFound(row.id);
  return view;
}

/** Pools as the API shows them, in the order of `ids`. */
export async function poolViewsById(db: DbOrTx, ids: readonly string[], context: RequestContext): Promise<readonly JsonObject[]> {
  const rows = await db.selectFrom('subnetpools').selectAll().where(inList('id', ids)).execute();
  return poolViews(db, rows.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)), context);
}

function notFound(id: string): NeutronError {
  return new NeutronError(SubnetPoolNotFound, { subnetpool_id: id });
}
