import type { JsonObject } from '@neutrino/lib/json';
import type { AgentChange } from './agent-change.ts';
import { anyChanged } from './changed-attributes.ts';

/** What of a network an L2 agent has in the kernel. */
export const wiredNetworkAttributes = ['admin_state_up', 'mtu', 'port_security_enabled', 'provider:network_type', 'provider:physical_network', 'provider:segmentation_id', 'segments'];
/** What beyond that a DHCP agent has in its files. */
const servedNetworkAttributes = ['dns_domain'];
/** Names, descriptions, tags and revisions of a subnet are nothing to a DHCP agent. */
const servedSubnetAttributes = ['allocation_pools', 'cidr', 'dns_nameservers', 'enable_dhcp', 'gateway_ip', 'host_routes', 'ipv6_address_mode', 'ipv6_ra_mode', 'segment_id', 'service_types'];

export function networkChanges(original: JsonObject, current: JsonObject): readonly AgentChange[] {
  if (!anyChanged(original, current, [...wiredNetworkAttributes, ...servedNetworkAttributes])) return [];
  return [{ kind: 'network', subject: String(current['id']), object: '' }];
}

/** A subnet that came or went (then `original` is absent), or was changed. */
export function subnetChanges(current: JsonObject, original?: JsonObject): readonly AgentChange[] {
  if (!anyChanged(original, current, servedSubnetAttributes)) return [];
  return [{ kind: 'subnet', subject: String(current['network_id']), object: String(current['id']) }];
}

/** A network that was deleted: hosts that had something of it, and the DHCP agents that served it. */
export function deletedNetworkChanges(networkId: string, { hosts, dhcpAgents }: { readonly hosts: readonly string[]; readonly dhcpAgents: readonly string[] }): readonly AgentChange[] {
  return [
    ...hosts.map((subject): AgentChange => ({ kind: 'gone', subject, object: networkId })),
    ...dhcpAgents.map((subject): AgentChange => ({ kind: 'served', subject, object: networkId })),
  ];
}
