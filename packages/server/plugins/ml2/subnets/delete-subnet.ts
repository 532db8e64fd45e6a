import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetInUse } from '@neutrino/lib/exceptions/subnet';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { subnetChanges } from '../../../change-log/network-changes.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { isAutoAddress } from '../../../ipam/ipam-subnet.ts';
import { isRouterInterface } from '../../../ipam/requested-addresses.ts';
import { autoDeletedOwners } from '../auto-deleted-ports.ts';
import { deleteTags } from '../delete-tags.ts';
import type { Ml2 } from '../ml2.ts';
import { portViewsById } from '../ports/read-port.ts';
import { publishDeleted, publishUpdated, type Change } from '../publish.ts';
import { checkRevision, touch } from '../standard-attributes.ts';
import { subnetView, visibleSubnet } from './read-subnet.ts';
import type { SubnetRow } from './subnet-view.ts';

/** Takes back the addresses that come and go with the subnet, then deletes it. Throws SubnetInUse where others remain. */
export async function deleteSubnet(ml2: Ml2, context: RequestContext, id: string, options?: WriteOptions): Promise<void> {
  const { deleted, readdressed } = await transact(ml2.db, async (tx) => {
    const row = await visibleSubnet(tx, context, id, { lock: true });
    checkRevision(row, options?.revisionNumber);
    const view = await subnetView(ml2, tx, id, context);
    await touch(tx, 'networks', [row.network_id]);
    const changes = await releaseAll(ml2, tx, row);
    await deleteTags(tx, [id]);
    await tx.deleteFrom('subnets').where('id', '=', id).execute();
    await recordChanges(tx, [...subnetChanges(view), ...portChanges(changes)]);
    return { deleted: view, readdressed: changes };
  });
  for (const change of readdressed) await publishUpdated(ml2, context, 'port', change);
  await publishDeleted(ml2, context, 'subnet', [deleted]);
}

async function releaseAll(ml2: Ml2, tx: Tx, subnet: SubnetRow): Promise<readonly Change[]> {
  const users = await tx
    .selectFrom('ip_allocations')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .select(['ports.id', 'ports.device_owner'])
    .where('ip_allocations.subnet_id', '=', subnet.id)
    .distinct()
    .execute();
  const releasable = (owner: string): boolean => autoDeletedOwners.includes(owner) || (isAutoAddress(subnet) && !isRouterInterface(owner));
  if (users.some(({ device_owner }) => !releasable(device_owner))) {
    throw new NeutronError(SubnetInUse, { subnet_id: subnet.id, reason: 'One or more ports have an IP allocation from this subnet.' });
  }
  const ids = users.map(({ id }) => id);
  const before = await portViewsById(ml2, tx, ids);
  await tx.deleteFrom('ip_allocations').where('subnet_id', '=', subnet.id).execute();
  await touch(tx, 'ports', ids);
  const after = await portViewsById(ml2, tx, ids);
  return before.flatMap((original, index) => {
    const current = after[index];
    return current === undefined ? [] : [{ original, current }];
  });
}
