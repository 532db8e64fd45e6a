import { defineSections, type ConfigValues } from '@neutrino/lib/conf/option';
import { rabbitOptions } from '@neutrino/runtime/conf/messaging-options';
import { agentOptions } from './agent.ts';
import { defaultOptions } from './default.ts';
import { scheduledAgentOptions, dhcpOptions } from './dhcp.ts';
import { l3AgentOptions, l3Options } from './l3.ts';
import { linuxBridgeAgentOptions } from './linux-bridge-agent.ts';
import { linuxBridgeOptions } from './linux-bridge.ts';
import { metadataOptions } from './metadata.ts';
import { securityGroupOptions } from './security-group.ts';
import { vxlanOptions } from './vxlan.ts';

/** All that neutron-linuxbridge-agent reads. */
export const linuxBridgeSections = defineSections({
  DEFAULT: defaultOptions,
  agent: { ...agentOptions, ...linuxBridgeAgentOptions },
  linux_bridge: linuxBridgeOptions,
  vxlan: vxlanOptions,
  securitygroup: securityGroupOptions,
  oslo_messaging_rabbit: rabbitOptions,
});
export type LinuxBridgeConfig = ConfigValues<typeof linuxBridgeSections>;

/** All that neutron-dhcp-agent reads. */
export const dhcpSections = defineSections({
  DEFAULT: { ...defaultOptions, ...dhcpOptions },
  agent: { ...agentOptions, ...scheduledAgentOptions },
  oslo_messaging_rabbit: rabbitOptions,
});
export type DhcpConfig = ConfigValues<typeof dhcpSections>;

/** All that neutron-metadata-agent reads. */
export const metadataSections = defineSections({
  DEFAULT: { ...defaultOptions, ...metadataOptions },
  agent: agentOptions,
  oslo_messaging_rabbit: rabbitOptions,
});
export type MetadataConfig = ConfigValues<typeof metadataSections>;

/** All that neutron-l3-agent reads. */
export const l3Sections = defineSections({
  DEFAULT: { ...defaultOptions, ...l3Options },
  agent: { ...agentOptions, ...scheduledAgentOptions, ...l3AgentOptions },
  oslo_messaging_rabbit: rabbitOptions,
});
export type L3Config = ConfigValues<typeof l3Sections>;
