import type { Tx } from '../../../db/types.ts';
import type { FixedIp } from '../../../ipam/changed-addresses.ts';
import type { IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import type { Ml2 } from '../ml2.ts';

interface AddressedPort {
  readonly id: string;
  readonly deviceOwner: string;
  readonly addresses: readonly FixedIp[];
  /** A DHCP agent is there to answer. */
  readonly hasDhcpAgent: boolean;
}

/** A port whose address DHCP hands out waits until the DHCP agent knows of it. */
export async function awaitDhcp(ml2: Ml2, tx: Tx, port: AddressedPort, subnets: readonly IpamSubnet[]): Promise<void> {
  if (waitsForDhcp(port, subnets)) await ml2.provisioning.addBlock(tx, port.id, 'DHCP');
}

/** The network service's own ports need no lease. */
export function waitsForDhcp(port: Omit<AddressedPort, 'id'>, subnets: readonly IpamSubnet[]): boolean {
  if (!port.hasDhcpAgent || port.deviceOwner.startsWith('network:')) return false;
  const served = new Set(subnets.filter(({ enableDhcp }) => enableDhcp).map(({ id }) => id));
  return port.addresses.some(({ subnet_id }) => served.has(subnet_id));
}
