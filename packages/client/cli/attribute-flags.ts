import type { Json } from '@neutrino/lib/json';

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
  device_id: ['device-id', 'device', 'server'],
  port_id: ['port'],
  subnetpool_id: ['subnetpool', 'subnet-pool'],
  use_default_subnetpool: ['use-default-subnetpool', 'use-default-subnet-pool'],
  prefixlen: ['prefixlen', 'prefix-length'],
  service_types: ['service-type'],
  prefixes: ['pool-prefix'],
  default_prefixlen: ['default-prefixlen', 'default-prefix-length'],
  min_prefixlen: ['min-prefixlen', 'min-prefix-length'],
  max_prefixlen: ['max-prefixlen', 'max-prefix-length'],
  address_scope_id: ['address-scope'],
  is_default: ['is-default', 'default'],
  remote_address_group_id: ['remote-address-group'],
  addresses: ['address'],
  object_type: ['type'],
  target_tenant: ['target-tenant', 'target-project'],
  numa_affinity_policy: ['numa-policy'],
  vlan_transparent: ['transparent-vlan'],
  tags: ['tag'],
  propagate_uplink_status: ['uplink-status-propagation'],
  project_id: ['project'],
};

/** Flags without a value that set an attribute: of `enable` and `disable`, the one that the resource has. */
export const WORDS: Readonly<Record<string, { readonly attribute: string; readonly value: Json }>> = {
  'admin-state-down': { attribute: 'admin_state_up', value: false },
  'disable-dhcp': { attribute: 'enable_dhcp', value: false },
  'enable-port-security': { attribute: 'port_security_enabled', value: true },
  'disable-port-security': { attribute: 'port_security_enabled', value: false },
  external: { attribute: 'router:external', value: true },
  internal: { attribute: 'router:external', value: false },
  stateless: { attribute: 'stateful', value: false },
  ingress: { attribute: 'direction', value: 'ingress' },
  egress: { attribute: 'direction', value: 'egress' },
  'target-all-projects': { attribute: 'target_tenant', value: '*' },
  'enable-uplink-status-propagation': { attribute: 'propagate_uplink_status', value: true },
  'disable-uplink-status-propagation': { attribute: 'propagate_uplink_status', value: false },
  'numa-policy-required': { attribute: 'numa_affinity_policy', value: 'required' },
  'numa-policy-preferred': { attribute: 'numa_affinity_policy', value: 'preferred' },
  'numa-policy-legacy': { attribute: 'numa_affinity_policy', value: 'legacy' },
};

/** What `--enable` and `--disable` switch: the first of these that the resource has. */
export const SWITCHES = ['admin_state_up', 'enabled'] as const;

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
  rbac_policies: ['object_id'],
  address_scopes: ['name', 'ip_version'],
  flavors: ['name', 'service_type'],
};
export const NEW_POSITIONALS: Readonly<Record<string, readonly string[]>> = {
  security_group_rules: ['security_group_id'],
  rbac_policies: ['object_id'],
  agents: [],
};
