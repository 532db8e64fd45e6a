import { defineSections, type ConfigValues } from '@neutrino/lib/conf/option';
import { rabbitOptions } from '@neutrino/runtime/conf/messaging-options';
import { agentOptions } from './agent.ts';
import { defaultOptions } from './default.ts';
import { dhcpAgentOptions, dhcpOptions } from './dhcp.ts';
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
  agent: { ...agentOptions, ...dhcpAgentOptions },
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
