import { uuid } from '@neutrino/lib/api/validators';
import { InvalidInput, NotAuthorized } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { IllegalSubnetPoolUpdate } from '@neutrino/lib/exceptions/subnetpool';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { cidrsOverlap } from '@neutrino/lib/net/cidr';
import type { RequestContext } from '../../../context.ts';
import { inList } from '../../../db/id-list.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { visibleNetwork } from '../networks/read-network.ts';
import { publishUpdated, type Change } from '../publish.ts';
import { touch } from '../standard-attributes.ts';
import { subnetViewsById } from '../subnets/read-subnet.ts';
import { allocatedPrefixes } from './allocate-prefix.ts';
import { prefixesOf, storedCidr, type PoolRow } from './pool-view.ts';
import { lockedPool } from './read-pool.ts';
import { changePool } from './update-pool.ts';

/** The subnets of a network that have the pool's IP version come to be of the pool, and their prefixes of its prefixes. */
export async function onboardSubnets(ml2: Ml2, context: RequestContext, poolId: string, body: Json | undefined): Promise<Json> {
  const networkId = networkIn(body);
  const { onboarded, changes } = await transact(ml2.db, async (tx) => {
    const network = await visibleNetwork(tx, context, networkId);
    // Whoever may use a shared network must not move subnets of others into a pool and a scope of his own.
    if (!context.isAdmin && network.project_id !== context.projectId) throw new NeutronError(NotAuthorized);
    await touch(tx, 'networks', [networkId]);
    const pool = await lockedPool(tx, context, poolId);
    const subnets = await tx
      .selectFrom('subnets')
      .select(['id', 'cidr', 'subnetpool_id'])
      .where('network_id', '=', networkId)
      .where('ip_version', '=', pool.ip_version)
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return { onboarded: subnets.map(({ id, cidr }) => ({ id, cidr })), changes: await moveSubnets(ml2, tx, context, pool, subnets) };
  });
  for (const change of changes) await publishUpdated(ml2, context, 'subnet', change);
  return onboarded;
}

function networkIn(body: Json | undefined): string {
  const id = isJsonObject(body) && Object.hasOwn(body, 'network_id') ? body['network_id'] : undefined;
  if (id === undefined || id === null) throw new NeutronError(InvalidInput, { error_message: 'network_id must be specified.' });
  const wrong = uuid(id);
  if (wrong !== undefined) throw new NeutronError(InvalidInput, { error_message: wrong });
  return String(id);
}

async function moveSubnets(
  ml2: Ml2,
  tx: Tx,
  context: RequestContext,
  pool: PoolRow,
  subnets: readonly { readonly id: string; readonly cidr: string }[],
): Promise<readonly Change[]> {
  if (subnets.length === 0) return [];
  const allocated = await allocatedPrefixes(tx, pool.id);
  const prefixes = subnets.map(({ id, cidr }) => {
    const prefix = storedCidr(cidr);
    if (allocated.some((other) => cidrsOverlap(other, prefix))) {
      throw new NeutronError(IllegalSubnetPoolUpdate, { reason: `Onboarding subnet ${id}: ${cidr} conflicts with allocated prefixes in subnet pool ${pool.id}` });
    }
    return prefix;
  });
  const ids = subnets.map(({ id }) => id);
  const before = await subnetViewsById(ml2, tx, ids, context);
  await changePool(tx, context, pool, {}, [...((await prefixesOf(tx, [pool.id])).get(pool.id) ?? []), ...prefixes]);
  await tx.updateTable('subnets').set({ subnetpool_id: pool.id }).where(inList('id', ids)).execute();
  await touch(tx, 'subnets', ids);
  const after = await subnetViewsById(ml2, tx, ids, context);
  return before.flatMap((original: JsonObject, index) => {
    const current = after[index];
    return current === undefined ? [] : [{ original, current }];
  });
}
