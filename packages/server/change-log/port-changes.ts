import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceEvent } from '../callbacks/registry.ts';
import type { AgentChange } from './agent-change.ts';
import { anyChanged } from './changed-attributes.ts';
import { tunnelChanges } from './tunnel-changes.ts';
import type { PortTransition } from './port-transition.ts';

/** What of a port an L2 agent has in the kernel. A port's status is not of it: agents cause that themselves. */
export const wiredAttributes = [
  'admin_state_up',
  'allowed_address_pairs',
  'binding:host_id',
  'binding:profile',
  'binding:vif_type',
  'binding:vnic_type',
  'device_owner',
  'fixed_ips',
  'mac_address',
  'port_security_enabled',
  'security_groups',
];
/** What of a port stands in a DHCP server's files. */
export const leaseAttributes = ['device_owner', 'fixed_ips', 'mac_address', 'extra_dhcp_opts', 'dns_name', 'dns_assignment', 'dns_domain'];

export function transitionOf({ operation, current, original }: Pick<ResourceEvent, 'operation' | 'current' | 'original'>): PortTransition {
  if (operation === 'delete') return { original: current };
  return operation === 'create' ? { current } : { original, current };
}

/** What agents are to hear of ports that were created, updated or deleted. Nothing where nothing of it is theirs. */
export function portChanges(transitions: readonly PortTransition[]): readonly AgentChange[] {
  return transitions.flatMap(({ original, current }) => {
    const port = current ?? original;
    if (port === undefined) return [];
    const id = String(port['id']);
    const lease: AgentChange = { kind: 'lease', subject: String(port['network_id']), object: id };
    const members = groupsWithChangedMembers({ original, current }).map((subject): AgentChange => ({ kind: 'members', subject, object: '' }));
    const tunnels = tunnelChanges({ original, current });
    if (original === undefined) return [lease, ...members, ...tunnels];
    const wired = hostsOf(current === undefined ? [original] : [original, current]).map((subject): AgentChange => ({ kind: 'port', subject, object: id }));
    if (current === undefined) return [lease, ...members, ...wired, ...tunnels];
    return [
      ...(anyChanged(original, current, leaseAttributes) ? [lease] : []),
      ...members,
      ...(anyChanged(original, current, wiredAttributes) ? wired : []),
      ...tunnels,
    ];
  });
}

/** Groups that gained or lost an address by what happened to a port. */
export function groupsWithChangedMembers({ original, current }: PortTransition): readonly string[] {
  const [before, after] = [groupsOf(original), groupsOf(current)];
  if (original === undefined || current === undefined) return [...before, ...after];
  if (anyChanged(original, current, ['fixed_ips', 'allowed_address_pairs', 'mac_address'])) return [...after, ...before];
  return [...before.filter((group) => !after.includes(group)), ...after.filter((group) => !before.includes(group))];
}

function groupsOf(port: JsonObject | undefined): readonly string[] {
  const groups = port?.['security_groups'];
  return Array.isArray(groups) ? groups.map(String) : [];
}

function hostsOf(ports: readonly JsonObject[]): readonly string[] {
  const hosts = ports.map((port) => port['binding:host_id']).filter((host): host is string => typeof host === 'string' && host !== '');
  return [...new Set(hosts)];
}
