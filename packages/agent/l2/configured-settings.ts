import { parseCidr } from '@neutrino/lib/net/cidr';
import { isMulticast, parseIp } from '@neutrino/lib/net/ip';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { chooseDriver, chooseDrivers } from '@neutrino/runtime/conf/named-drivers';
import { agentExtensions, firewallDrivers } from '../conf/neutron-drivers.ts';
import type { LinuxBridgeConfig } from '../conf/sections.ts';
import { defaultSettings, type LinuxBridgeSettings, type VxlanSettings } from './settings.ts';

/** The agent's settings as its configuration files have them. Throws CannotStart, which names the option where a value cannot be used. */
export function configuredSettings(config: LinuxBridgeConfig): LinuxBridgeSettings {
  const { agent, linux_bridge, securitygroup } = config;
  return {
    ...defaultSettings,
    physicalInterfaceMappings: new Map(Object.entries(linux_bridge.physical_interface_mappings)),
    bridgeMappings: new Map(Object.entries(linux_bridge.bridge_mappings)),
    vxlan: vxlanSettings(config),
    firewall: { enabled: securitygroup.enable_security_group && usesIptables(securitygroup.firewall_driver), ipset: securitygroup.enable_ipset },
    pollingIntervalMs: agent.polling_interval * 1000,
    logAgentHeartbeats: agent.log_agent_heartbeats,
  };
}

/** What `[agent] extensions` asks for that is not there yet: a warning each. Throws CannotStart for a name that nobody knows. */
export function missingExtensions({ agent }: Pick<LinuxBridgeConfig, 'agent'>): readonly string[] {
  return chooseDrivers(agent.extensions, agentExtensions).warnings;
}

/** As in Neutron, no driver means none: ports are not filtered until one is chosen. */
function usesIptables(driver: string | null): boolean {
  // A driver that is not available stops the start: going on would leave ports open that are to be filtered.
  return driver !== null && chooseDriver(driver, firewallDrivers) === 'iptables';
}

function vxlanSettings({ agent, vxlan }: LinuxBridgeConfig): VxlanSettings {
  if (vxlan.enable_vxlan && vxlan.local_ip === null) throw new CannotStart('[vxlan] local_ip: must be set where enable_vxlan is true');
  const dscp = agent.dscp_inherit ? 'inherit' : agent.dscp === null ? null : agent.dscp << 2;
  if (vxlan.enable_vxlan && vxlan.local_ip !== null) checkGroups(vxlan, vxlan.local_ip);
  const srcPorts = { minimum: vxlan.udp_srcport_min, maximum: vxlan.udp_srcport_max };
  return {
    enabled: vxlan.enable_vxlan,
    localIp: vxlan.local_ip,
    l2Population: vxlan.l2_population,
    arpResponder: vxlan.arp_responder,
    group: vxlan.vxlan_group === '' ? null : vxlan.vxlan_group,
    multicastRanges: vxlan.multicast_ranges.map(multicastRange),
    ttl: vxlan.ttl,
    tos: vxlan.tos ?? dscp,
    dstPort: vxlan.udp_dstport ?? defaultSettings.vxlan.dstPort,
    srcPorts: srcPorts.maximum === 0 ? null : srcPorts,
  };
}

/** Groups must be multicast addresses, or prefixes of them, of the same kind as the address from which is sent to them. */
function checkGroups({ vxlan_group: group, multicast_ranges: ranges, l2_population: isPopulated }: LinuxBridgeConfig['vxlan'], localIp: string): void {
  const version = parseIp(localIp)?.version;
  const isGroup = (text: string): boolean => {
    const prefix = parseCidr(text);
    return prefix !== undefined && prefix.version === version && isMulticast({ version: prefix.version, value: prefix.first });
  };
  const which = `must be a multicast address of IPv${version}, as local_ip is`;
  if (group !== null && group !== '' && !isGroup(group)) throw new CannotStart(`[vxlan] vxlan_group: ${group} ${which}, or a prefix of such`);
  const odd = ranges.find((range) => !isGroup(multicastRange(range).group));
  if (odd !== undefined) throw new CannotStart(`[vxlan] multicast_ranges: the address of ${odd} ${which}`);
  if ((group === null || group === '') && !isPopulated) {
    throw new CannotStart('[vxlan] vxlan_group: without one there must be l2_population, or nobody hears what is sent to all');
  }
}

/** `239.0.0.1:1000:1999`; an IPv6 group contains colons itself. */
function multicastRange(text: string): VxlanSettings['multicastRanges'][number] {
  const [, group = '', minimum = '', maximum = ''] = /^(.+):(\d+):(\d+)$/.exec(text) ?? [];
  if (parseIp(group) === undefined || Number(minimum) > Number(maximum)) {
    throw new CannotStart(`[vxlan] multicast_ranges: ${text} is not of the form <address>:<lowest VNI>:<highest VNI>`);
  }
  return { group, minimum: Number(minimum), maximum: Number(maximum) };
}
