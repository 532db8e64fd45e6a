import type { DriverChoice } from '@neutrino/runtime/conf/named-drivers';

/** What may stand where an agent's configuration names a driver, and what Neutron has besides. */

export const agentExtensions: DriverChoice = {
  option: '[agent] extensions',
  available: [],
  neutron: {
    dhcp: 'neutron.agent.l2.extensions.dhcp.extension.DHCPAgentExtension',
    fdb: 'neutron.agent.l2.extensions.fdb_population.FdbPopulationAgentExtension',
    local_ip: 'neutron.agent.l2.extensions.local_ip.LocalIPAgentExtension',
    log: 'neutron.services.logapi.agent.log_extension.LoggingExtension',
    metadata_path: 'neutron.agent.l2.extensions.metadata.metadata_path.MetadataPathAgentExtension',
    qos: 'neutron.agent.l2.extensions.qos.QosAgentExtension',
  },
};

export const l3AgentExtensions: DriverChoice = {
  option: '[agent] extensions',
  available: ['conntrack_helper', 'port_forwarding'],
  neutron: {
    conntrack_helper: 'neutron.agent.l3.extensions.conntrack_helper.ConntrackHelperAgentExtension',
    fip_qos: 'neutron.agent.l3.extensions.qos.fip.FipQosAgentExtension',
    gateway_ip_qos: 'neutron.agent.l3.extensions.qos.gateway_ip.RouterGatewayIPQosAgentExtension',
    ndp_proxy: 'neutron.agent.l3.extensions.ndp_proxy.NDPProxyAgentExtension',
    port_forwarding: 'neutron.agent.l3.extensions.port_forwarding.PortForwardingAgentExtension',
    snat_log: 'neutron.agent.l3.extensions.snat_log.SNATLoggingExtension',
  },
};

export const firewallDrivers: DriverChoice = {
  option: '[securitygroup] firewall_driver',
  available: ['iptables', 'noop'],
  neutron: {
    iptables: 'neutron.agent.linux.iptables_firewall.IptablesFirewallDriver',
    iptables_hybrid: 'neutron.agent.linux.iptables_firewall.OVSHybridIptablesFirewallDriver',
    noop: 'neutron.agent.firewall.NoopFirewallDriver',
    openvswitch: 'neutron.agent.linux.openvswitch_firewall.OVSFirewallDriver',
  },
};

export const interfaceDrivers: DriverChoice = {
  option: '[DEFAULT] interface_driver',
  available: ['linuxbridge'],
  neutron: {
    linuxbridge: 'neutron.agent.linux.interface.BridgeInterfaceDriver',
    null: 'neutron.agent.linux.interface.NullDriver',
    openvswitch: 'neutron.agent.linux.interface.OVSInterfaceDriver',
  },
};

export const dhcpDrivers: DriverChoice = {
  option: '[DEFAULT] dhcp_driver',
  available: ['dnsmasq'],
  neutron: { dnsmasq: 'neutron.agent.linux.dhcp.Dnsmasq' },
};

export const l3AgentModes: DriverChoice = {
  option: '[DEFAULT] agent_mode',
  available: ['legacy'],
  neutron: { dvr: 'dvr', dvr_no_external: 'dvr_no_external', dvr_snat: 'dvr_snat', legacy: 'legacy' },
};
