import type { Tx } from '../db/types.ts';
import { inList } from '../db/id-list.ts';
import { touch } from '../plugins/ml2/standard-attributes.ts';
import { dhcpDeviceId, dhcpDeviceOwner, reservedDhcpPort } from './dhcp-device-id.ts';

/** The ports by which the DHCP agent of `host` was in these networks keep their addresses for the next agents that serve them. */
export async function reserveDhcpPorts(tx: Tx, networkIds: readonly string[], host: string): Promise<void> {
  if (networkIds.length === 0) return;
  const ports = await tx
    .selectFrom('ports')
    .select('id')
    .where(inList('network_id', networkIds))
    .where(inList('device_id', networkIds.map((id) => dhcpDeviceId(id, host))))
    .where('device_owner', '=', dhcpDeviceOwner)
    .execute();
  if (ports.length === 0) return;
  const ids = ports.map(({ id }) => id);
  await touch(tx, 'ports', ids);
  await tx.updateTable('ports').set({ device_id: reservedDhcpPort }).where(inList('id', ids)).execute();
}
