import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { formatCidr, type Cidr } from '@neutrino/lib/net/cidr';
import type { IpVersion } from '@neutrino/lib/net/ip';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { insertRows } from '../../../db/insert-rows.ts';
import { writeTogether } from '../../../db/together.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { shareWithAll } from '../../../services/rbac/shared-objects.ts';
import type { Ml2 } from '../ml2.ts';
import { booleanOf, optionalList, optionalNumber, optionalText, textOf } from '../request-values.ts';
import { newStandardAttributes } from '../standard-attributes.ts';
import { checkedBounds, checkedPrefixes, prefixesIn } from './pool-bounds.ts';
import { checkScopeOfPool } from './pool-scope.ts';
import { poolViewsById } from './read-pool.ts';

/** Creates all or none. */
export async function createPools(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly JsonObject[]> {
  return transact(ml2.db, async (tx) => {
    const ids: string[] = [];
    for (const body of bodies) ids.push(await insertPool(tx, context, body));
    await options?.beforeCommit?.(tx);
    return poolViewsById(tx, ids, context);
  });
}

async function insertPool(tx: Tx, context: RequestContext, body: JsonObject): Promise<string> {
  const id = crypto.randomUUID();
  const project_id = textOf(body, 'project_id', context.projectId ?? '');
  const { version, prefixes } = checkedPrefixes(prefixesIn(optionalList(body, 'prefixes') ?? []));
  const bounds = checkedBounds(body, version);
  const isDefault = booleanOf(body, 'is_default', false);
  if (isDefault) await refuseSecondDefault(tx, version);
  const scopeId = optionalText(body, 'address_scope_id');
  if (scopeId !== undefined) await checkScopeOfPool(tx, context, scopeId, { id, version, prefixes, isMoved: false });
  await tx
    .insertInto('subnetpools')
    .values({
      id,
      project_id,
      name: textOf(body, 'name', ''),
      ip_version: version,
      ...bounds,
      default_quota: optionalNumber(body, 'default_quota') ?? null,
      is_default: isDefault ? 1 : 0,
      default_claim: isDefault ? version : null,
      address_scope_id: scopeId ?? null,
      allocations: 0,
      ...newStandardAttributes(body),
      revision_number: 0,
    })
    .execute();
  await insertPrefixes(tx, id, prefixes);
  if (booleanOf(body, 'shared', false)) await shareWithAll(tx, 'subnetpool_rbacs', { id, project_id });
  return id;
}

export async function insertPrefixes(tx: Tx, poolId: string, prefixes: readonly Cidr[]): Promise<void> {
  await writeTogether(tx, insertRows(tx, 'subnetpool_prefixes', prefixes.map((prefix) => ({ subnetpool_id: poolId, cidr: formatCidr(prefix) }))));
}

/** Who loses a race for being the default loses it in the table's unique key, comes back and is refused here. */
export async function refuseSecondDefault(tx: Tx, version: IpVersion): Promise<void> {
  const known = await tx.selectFrom('subnetpools').select('id').where('default_claim', '=', version).executeTakeFirst();
  if (known === undefined) return;
  throw new NeutronError(InvalidInput, {
    error_message: 'A default subnetpool for this IP family has already been set. Only one default may exist per IP family',
  });
}
