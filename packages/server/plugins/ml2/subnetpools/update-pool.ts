import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IllegalSubnetPoolPrefixUpdate, PrefixVersionMismatch } from '@neutrino/lib/exceptions/subnetpool';
import type { JsonObject } from '@neutrino/lib/json';
import type { Cidr } from '@neutrino/lib/net/cidr';
import { cidrsHold } from '@neutrino/lib/net/cidr-blocks';
import type { Updateable } from 'kysely';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import type { SubnetpoolsTable } from '../../../db/schema.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { optionalList } from '../request-values.ts';
import { checkRevision, touch } from '../standard-attributes.ts';
import { insertPrefixes, refuseSecondDefault } from './create-pool.ts';
import { checkedBounds, checkedPrefixes, prefixesIn } from './pool-bounds.ts';
import { checkScopeAllowsUpdate, checkScopeOfPool } from './pool-scope.ts';
import { prefixesOf, type PoolRow } from './pool-view.ts';
import { lockedPool, poolView, visiblePool } from './read-pool.ts';

export async function updatePool(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<JsonObject> {
  return transact(ml2.db, async (tx) => {
    const row = await lockedPool(tx, context, id);
    checkRevision(row, options?.revisionNumber);
    const asked = optionalList(changes, 'prefixes');
    await changePool(tx, context, row, changes, asked && prefixesIn(asked));
    return poolView(tx, context, await visiblePool(tx, context, id));
  });
}

/** Changes a locked pool. `prefixes`: all that it is to have, with what it has among them. */
export async function changePool(tx: Tx, context: RequestContext, row: PoolRow, changes: JsonObject, prefixes?: readonly Cidr[]): Promise<void> {
  const before = (await prefixesOf(tx, [row.id])).get(row.id) ?? [];
  const after = prefixes === undefined ? before : grownPrefixes(row, before, prefixes);
  const bounds = checkedBounds(changes, row.ip_version, row);
  const becomesDefault = changes['is_default'] === true && row.is_default === 0;
  if (becomesDefault) await refuseSecondDefault(tx, row.ip_version);
  await checkScopeAllowsUpdate(tx, context, row);
  const scopeId = changes['address_scope_id'] === undefined ? row.address_scope_id : (changes['address_scope_id'] as string | null);
  if (scopeId !== null) {
    const isMoved = scopeId !== row.address_scope_id;
    await checkScopeOfPool(tx, context, scopeId, { id: row.id, version: row.ip_version, prefixes: after, isMoved });
  }
  await touch(tx, 'subnetpools', [row.id]);
  await tx
    .updateTable('subnetpools')
    .set({ ...bounds, address_scope_id: scopeId, ...changedColumns(row, changes) })
    .where('id', '=', row.id)
    .execute();
  if (prefixes !== undefined) await replacePrefixes(tx, row.id, after);
}

export async function replacePrefixes(tx: Tx, poolId: string, prefixes: readonly Cidr[]): Promise<void> {
  await tx.deleteFrom('subnetpool_prefixes').where('subnetpool_id', '=', poolId).execute();
  await insertPrefixes(tx, poolId, prefixes);
}

/** Subnets may have been taken from any of what there is, so all of it stays. */
function grownPrefixes(row: PoolRow, before: readonly Cidr[], asked: readonly Cidr[]): readonly Cidr[] {
  const { version, prefixes } = checkedPrefixes(asked);
  if (!cidrsHold(prefixes, before)) {
    throw new NeutronError(IllegalSubnetPoolPrefixUpdate, { msg: 'Existing prefixes must be a subset of the new prefixes' });
  }
  if (version !== row.ip_version) throw new NeutronError(PrefixVersionMismatch);
  return prefixes;
}

function changedColumns(row: PoolRow, changes: JsonObject): Updateable<SubnetpoolsTable> {
  const columns: Updateable<SubnetpoolsTable> = {};
  if (typeof changes['name'] === 'string') columns.name = changes['name'];
  if (typeof changes['description'] === 'string') columns.description = changes['description'];
  if (typeof changes['default_quota'] === 'number') columns.default_quota = changes['default_quota'];
  if (typeof changes['is_default'] === 'boolean') {
    columns.is_default = changes['is_default'] ? 1 : 0;
    columns.default_claim = changes['is_default'] ? row.ip_version : null;
  }
  return columns;
}
