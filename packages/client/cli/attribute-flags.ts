/**
 * How attributes are spelled on the command line: as the API names them with dashes, and as the old
 * neutron client and openstack call them. The first flag of each is shown in help; all work.
 */
export const FLAGS: Readonly<Record<string, readonly string[]>> = {
  tenant_id: ['project', 'project-id'],
  network_id: ['network'],
  subnet_id: ['subnet'],
  security_group_id: ['security-group', 'group'],
  remote_group_id: ['remote-group'],
  remote_ip_prefix: ['remote-ip-prefix', 'remote-ip'],
  gateway_ip: ['gateway'],
  cidr: ['cidr', 'subnet-range'],
  enable_dhcp: ['enable-dhcp', 'dhcp'],
  shared: ['shared', 'share'],
  fixed_ips: ['fixed-ip'],
  security_groups: ['security-group'],
  allocation_pools: ['allocation-pool'],
  dns_nameservers: ['dns-nameserver'],
  host_routes: ['host-route'],
  allowed_address_pairs: ['allowed-address-pair', 'allowed-address'],
  extra_dhcp_opts: ['extra-dhcp-opt', 'extra-dhcp-option'],
  availability_zone_hints: ['availability-zone-hint'],
  segments: ['segment'],
  'binding:vnic_type': ['vnic-type'],
  'binding:profile': ['binding-profile'],
  'binding:host_id': ['host'],
  'provider:network_type': ['provider:network-type', 'provider-network-type'],
  'provider:physical_network': ['provider:physical-network', 'provider-physical-network'],
  'provider:segmentation_id': ['provider:segmentation-id', 'provider-segment'],
};

/** Flags without a value that set an attribute. */
export const WORDS: Readonly<Record<string, { readonly attribute: string; readonly value: boolean }>> = {
  'admin-state-down': { attribute: 'admin_state_up', value: false },
  enable: { attribute: 'admin_state_up', value: true },
  disable: { attribute: 'admin_state_up', value: false },
  'disable-dhcp': { attribute: 'enable_dhcp', value: false },
  'enable-port-security': { attribute: 'port_security_enabled', value: true },
  'disable-port-security': { attribute: 'port_security_enabled', value: false },
  external: { attribute: 'router:external', value: true },
  internal: { attribute: 'router:external', value: false },
  stateless: { attribute: 'stateful', value: false },
};

/** Attributes that are lists of objects, with other names for the keys of those objects. */
export const OBJECT_LISTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  fixed_ips: { subnet: 'subnet_id' },
  allocation_pools: {},
  host_routes: { gateway: 'nexthop' },
  allowed_address_pairs: {},
  extra_dhcp_opts: { name: 'opt_name', value: 'opt_value' },
  segments: {},
};

/** What `create` takes besides options: in the old client's names of commands, and in the new. */
export const OLD_POSITIONALS: Readonly<Record<string, readonly string[]>> = {
  ports: ['network_id'],
  subnets: ['network_id', 'cidr'],
  security_group_rules: ['security_group_id'],
};
export const NEW_POSITIONALS: Readonly<Record<string, readonly string[]>> = {
  security_group_rules: ['security_group_id'],
};
