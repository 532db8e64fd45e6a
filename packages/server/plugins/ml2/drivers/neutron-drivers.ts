/** The drivers of Neutron's own tree, by the names of their entry points; so that what is not here yet is told from what is misspelt. */

const ml2 = 'neutron.plugins.ml2';

export const neutronTypeDrivers: Readonly<Record<string, string>> = {
  flat: `${ml2}.drivers.type_flat.FlatTypeDriver`,
  geneve: `${ml2}.drivers.type_geneve.GeneveTypeDriver`,
  gre: `${ml2}.drivers.type_gre.GreTypeDriver`,
  local: `${ml2}.drivers.type_local.LocalTypeDriver`,
  vlan: `${ml2}.drivers.type_vlan.VlanTypeDriver`,
  vxlan: `${ml2}.drivers.type_vxlan.VxlanTypeDriver`,
};

export const neutronMechanismDrivers: Readonly<Record<string, string>> = {
  l2population: `${ml2}.drivers.l2pop.mech_driver.L2populationMechanismDriver`,
  linuxbridge: `${ml2}.drivers.linuxbridge.mech_driver.mech_linuxbridge.LinuxbridgeMechanismDriver`,
  macvtap: `${ml2}.drivers.macvtap.mech_driver.mech_macvtap.MacvtapMechanismDriver`,
  openvswitch: `${ml2}.drivers.openvswitch.mech_driver.mech_openvswitch.OpenvswitchMechanismDriver`,
  ovn: `${ml2}.drivers.ovn.mech_driver.mech_driver.OVNMechanismDriver`,
  sriovnicswitch: `${ml2}.drivers.mech_sriov.mech_driver.mech_driver.SriovNicSwitchMechanismDriver`,
};

export const neutronExtensionDrivers: Readonly<Record<string, string>> = {
  data_plane_status: `${ml2}.extensions.data_plane_status.DataPlaneStatusExtensionDriver`,
  dns: `${ml2}.extensions.dns_integration.DNSExtensionDriverML2`,
  dns_domain_keywords: `${ml2}.extensions.dns_domain_keywords.DnsDomainKeywordsExtensionDriver`,
  dns_domain_ports: `${ml2}.extensions.dns_integration.DNSDomainPortsExtensionDriver`,
  port_device_profile: `${ml2}.extensions.port_device_profile.PortDeviceProfileExtensionDriver`,
  port_hardware_offload_type: `${ml2}.extensions.port_hardware_offload_type.PortHardwareOffloadTypeExtensionDriver`,
  port_hints: `${ml2}.extensions.port_hints.PortHintsExtensionDriver`,
  port_hint_ovs_tx_steering: `${ml2}.extensions.port_hint_ovs_tx_steering.PortHintOvsTxSteeringExtensionDriver`,
  port_numa_affinity_policy: `${ml2}.extensions.port_numa_affinity_policy.PortNumaAffinityPolicyExtensionDriver`,
  port_security: `${ml2}.extensions.port_security.PortSecurityExtensionDriver`,
  port_trusted_vif: `${ml2}.extensions.port_trusted.PortTrustedExtensionDriver`,
  qos: `${ml2}.extensions.qos.QosExtensionDriver`,
  subnet_dns_publish_fixed_ip: `${ml2}.extensions.subnet_dns_publish_fixed_ip.SubnetDNSPublishFixedIPExtensionDriver`,
  tag_ports_during_bulk_creation: `${ml2}.extensions.tag_ports_during_bulk_creation.TagPortsDuringBulkCreationExtensionDriver`,
  uplink_status_propagation: `${ml2}.extensions.uplink_status_propagation.UplinkStatusPropagationExtensionDriver`,
};
