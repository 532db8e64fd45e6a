import type { Tx } from '../../../db/types.ts';
import { allocateAddresses, nextPosition } from '../../../ipam/allocate-addresses.ts';
import { loadIpamSubnets } from '../../../ipam/ipam-subnet.ts';
import { isRouterInterface } from '../../../ipam/requested-addresses.ts';
import { servingSubnets } from '../../../ipam/service-subnets.ts';
import type { Ml2 } from '../ml2.ts';
import { portViewsById } from '../ports/read-port.ts';
import type { Change } from '../publish.ts';
import { touch } from '../standard-attributes.ts';

/** Gives every port of the network its address in a new auto-address subnet. Returns the ports before and after. */
export async function addAutoAddresses(ml2: Ml2, tx: Tx, networkId: string, subnetId: string): Promise<readonly Change[]> {
  const subnets = await loadIpamSubnets(tx, [networkId]);
  const subnet = subnets.get(networkId)?.find(({ id }) => id === subnetId);
  if (subnet === undefined) return [];
  const rows = await tx.selectFrom('ports').select(['id', 'mac_address', 'device_owner']).where('network_id', '=', networkId).execute();
  const ports = rows.filter(({ device_owner }) => !isRouterInterface(device_owner) && servingSubnets({ networkId, deviceOwner: device_owner }, [subnet]).length > 0);
  const ids = ports.map(({ id }) => id);
  const before = await portViewsById(ml2, tx, ids);
  for (const port of ports) {
    const addressed = { id: port.id, networkId, macAddress: port.mac_address, deviceOwner: port.device_owner };
    await allocateAddresses(tx, addressed, [{ kind: 'eui64', subnet }], await nextPosition(tx, port.id));
  }
  await touch(tx, 'ports', ids);
  const after = await portViewsById(ml2, tx, ids);
  return before.flatMap((original, index) => {
    const current = after[index];
    return current === undefined ? [] : [{ original, current }];
  });
}
