import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';

const ROUTER_INTERFACE_OWNERS: ReadonlySet<string> = new Set([
  'network:router_interface',
  'network:ha_router_replicated_interface',
  'network:router_interface_distributed',
]);
/** Owners of ports that get no lease and no name. */
const DHCP_NOT_REQUIRED_OWNERS: ReadonlySet<string> = new Set([
  'network:router_ha_interface',
  'network:floatingip',
  'network:dhcp',
  'network:distributed',
]);

/** Whether this network is to have a DHCP server at all. */
export function isServed(network: DhcpNetwork): boolean {
  return network.admin_state_up && network.subnets.some((subnet) => subnet.enable_dhcp);
}

export function allSubnets(network: DhcpNetwork): readonly DhcpSubnet[] {
  return [...network.subnets, ...(network.non_local_subnets ?? [])];
}

export function ipVersion(address: string): 4 | 6 {
  return address.includes(':') ? 6 : 4;
}

/** The ports that get leases and names, in an order that does not depend on the server's. */
export function servedPorts(network: DhcpNetwork): readonly DhcpPort[] {
  return network.ports
    .filter((port) => !DHCP_NOT_REQUIRED_OWNERS.has(port.device_owner))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** Subnets without a router on their gateway address: nothing there can take metadata requests but the DHCP port. */
export function isolatedSubnetIds(network: DhcpNetwork): ReadonlySet<string> {
  const gateways = new Set(
    network.ports
      .filter((port) => ROUTER_INTERFACE_OWNERS.has(port.device_owner))
      .flatMap((port) => port.fixed_ips.map((ip) => `${ip.subnet_id} ${ip.ip_address}`)),
  );
  return new Set(
    allSubnets(network)
      .filter((subnet) => !gateways.has(`${subnet.id} ${subnet.gateway_ip}`))
      .map((subnet) => subnet.id),
  );
}

export interface MetadataPolicy {
  readonly enableIsolatedMetadata: boolean;
  readonly forceMetadata: boolean;
}

/** Whether the DHCP port answers metadata requests on this network. */
export function servesMetadata(network: DhcpNetwork, policy: MetadataPolicy): boolean {
  const served = allSubnets(network).filter((subnet) => subnet.enable_dhcp);
  if (served.length === 0) return false;
  if (policy.forceMetadata) return true;
  if (!policy.enableIsolatedMetadata) return false;
  const isolated = isolatedSubnetIds(network);
  return served.some((subnet) => isolated.has(subnet.id));
}
