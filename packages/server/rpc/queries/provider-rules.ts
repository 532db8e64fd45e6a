import { parseIp } from '@neutrino/lib/net/ip';
import type { SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';

/** ICMPv6 type of router advertisements (RFC 4861), which a rule carries as its source port. */
const routerAdvertisement = 134;

/**
 * What the network itself may send to a port with these fixed addresses, whatever its security groups say:
 * answers of DHCP servers and, with an IPv6 address, router advertisements.
 */
export function providerRules(addresses: readonly string[]): readonly SecurityGroupRuleInfo[] {
  const v4 = addresses.filter((address) => parseIp(address)?.version === 4);
  const v6 = addresses.filter((address) => parseIp(address)?.version === 6);
  const advertisements: SecurityGroupRuleInfo = { direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp', source_port_range_min: routerAdvertisement };
  return [
    ...(v6.length > 0 ? [advertisements] : []),
    // Only to the port's own addresses, so that no other's lease is accepted; and where a client without one listens.
    ...[...v4.map((address) => `${address}/32`), '255.255.255.255/32'].map((to) => dhcpAnswer('IPv4', to, { from: 67, at: 68 })),
    ...[...v6.map((address) => `${address}/128`), 'fe80::/64'].map((to) => dhcpAnswer('IPv6', to, { from: 547, at: 546 })),
  ];
}

function dhcpAnswer(ethertype: 'IPv4' | 'IPv6', dest_ip_prefix: string, ports: { readonly from: number; readonly at: number }): SecurityGroupRuleInfo {
  return {
    direction: 'ingress',
    ethertype,
    protocol: 'udp',
    port_range_min: ports.at,
    port_range_max: ports.at,
    source_port_range_min: ports.from,
    source_port_range_max: ports.from,
    dest_ip_prefix,
  };
}
