import type { Generated } from 'kysely';

/**
 * The tables, as Kysely sees them. One schema for SQLite, MariaDB and PostgreSQL: ids are 36-character
 * text, booleans are 0/1 integers, times are UTC text "YYYY-MM-DD HH:MM:SS" (`standard_attributes`),
 * addresses are canonical text. Migrations under `migrations/` make exactly this.
 */
export type Bool = 0 | 1;

/** What every resource with standard attributes has; ids of rows are API ids (no separate attribute id). */
interface StandardAttributes {
  description: string;
  revision_number: number;
  /** "YYYY-MM-DD HH:MM:SS", UTC. */
  created_at: string;
  updated_at: string;
}

export interface NetworksTable extends StandardAttributes {
  id: string;
  project_id: string;
  name: string;
  admin_state_up: Bool;
  status: string;
  mtu: number;
  port_security_enabled: Bool;
  availability_zone_hints: string; // JSON list
  /** Whether it is the network outside that networks lead to whose projects say no more. */
  is_default: Bool;
  /** 1 where it is, otherwise null. Unique: there is one at most. */
  default_claim: Generated<number | null>;
  vlan_transparent: Generated<Bool>;
  dns_domain: Generated<string>;
}

/** Who beside the owner may use an object: `access_as_shared` and `access_as_external`, target a project or "*". */
interface RbacsTable {
  id: string;
  object_id: string;
  project_id: string;
  action: string;
  target_project: string;
}

/** A row of any table of policies, with the kind of object that the table is about. */
export interface RbacPolicyRow extends RbacsTable {
  object_type: string;
}

export interface NetworkSegmentsTable {
  id: string;
  network_id: string;
  network_type: string;
  physical_network: string | null;
  segmentation_id: number | null;
  segment_index: number;
  /**
   * What of the wire the segment occupies: "flat:physnet1", "vlan:physnet1:100", "vxlan:5001"; null where
   * nothing is shared (local). Unique: the database keeps two networks from one segment, no table of free ones is kept.
   */
  claim: string | null;
}

export interface SubnetsTable extends StandardAttributes {
  id: string;
  project_id: string;
  network_id: string;
  name: string;
  ip_version: 4 | 6;
  cidr: string;
  gateway_ip: string | null;
  enable_dhcp: Bool;
  ipv6_ra_mode: string | null;
  ipv6_address_mode: string | null;
  dns_nameservers: string; // JSON list, in order
  host_routes: string; // JSON list of {destination, nexthop}
  /** The pool that its prefix was taken from, or "prefix_delegation". */
  subnetpool_id: string | null;
  /** JSON list of the device owners that it is for; null or empty: all. */
  service_types: string | null;
  dns_publish_fixed_ip: Generated<Bool>;
}
export interface AllocationPoolsTable {
  id: string;
  subnet_id: string;
  first_ip: string;
  last_ip: string;
  position: number;
}

export interface SubnetpoolsTable extends StandardAttributes {
  id: string;
  project_id: string;
  name: string;
  ip_version: 4 | 6;
  default_prefixlen: number;
  min_prefixlen: number;
  max_prefixlen: number;
  /** Addresses (IPv4) or /64 prefixes (IPv6) that one project may have of it. */
  default_quota: number | null;
  is_default: Bool;
  /** The IP version whose default pool this is, otherwise null. Unique: the database keeps two pools from being the default. */
  default_claim: 4 | 6 | null;
  address_scope_id: string | null;
  /** Counted up by all that looks at what is free, before it looks: the row lock under which prefixes are chosen. */
  allocations: number;
}
export interface SubnetpoolPrefixesTable {
  subnetpool_id: string;
  cidr: string;
}
export interface AddressScopesTable {
  id: string;
  project_id: string;
  name: string;
  ip_version: 4 | 6;
  /** Counted up before prefixes of its pools are compared: the row lock that keeps them apart. */
  changes: number;
}

export interface FlavorsTable {
  id: string;
  name: string;
  description: string | null;
  service_type: string;
  enabled: Bool;
}
export interface ServiceProfilesTable {
  id: string;
  description: string | null;
  driver: string;
  enabled: Bool;
  metainfo: string;
}
export interface FlavorServiceProfileBindingsTable {
  flavor_id: string;
  service_profile_id: string;
}

export interface PortsTable extends StandardAttributes {
  id: string;
  project_id: string;
  network_id: string;
  name: string;
  mac_address: string; // unique with network_id
  admin_state_up: Bool;
  status: string;
  device_id: string;
  device_owner: string;
  port_security_enabled: Bool;
  device_profile: Generated<string | null>;
  numa_affinity_policy: Generated<string | null>;
  /** ACTIVE, DOWN, or null where nobody said. */
  data_plane_status: Generated<string | null>;
  propagate_uplink_status: Generated<Bool>;
  dns_name: Generated<string>;
  dns_domain: Generated<string>;
  /** The port as an administrator sees it, JSON in ASCII; null where nobody has written it yet (plugins/ml2/ports/ready-port.ts). */
  view: string | null;
  /** The revision that `view` shows: it is out of date where the row's own is another. */
  view_revision: number | null;
  view_format: string | null;
}
/** Unique (subnet_id, ip_key): the database, not a lock, keeps two ports from one address. */
export interface IpAllocationsTable {
  port_id: string;
  subnet_id: string;
  network_id: string;
  ip_address: string;
  /** The address as 8 (IPv4) or 32 (IPv6) hexadecimal digits: sorts as the number does. */
  ip_key: string;
  /** Order within fixed_ips. */
  position: number;
}
export interface AllowedAddressPairsTable {
  port_id: string;
  mac_address: string;
  ip_address: string;
}
export interface ExtraDhcpOptsTable {
  id: string;
  port_id: string;
  opt_name: string;
  opt_value: string;
  ip_version: 4 | 6;
}
/** One row a port and host; the active one has status ACTIVE. */
export interface PortBindingsTable {
  port_id: string;
  host: string; // '' = unbound
  vif_type: string;
  vif_details: string; // JSON
  vnic_type: string;
  profile: string; // JSON
  status: string; // ACTIVE | INACTIVE
  /** The bound segment. */
  segment_id: string | null;
}
/** What still has to happen before a resource goes ACTIVE: entity "L2" or "DHCP". */
export interface ProvisioningBlocksTable {
  resource_id: string;
  entity: string;
}

export interface SecurityGroupsTable extends StandardAttributes {
  id: string;
  project_id: string;
  name: string;
  stateful: Bool;
}
/** One row a project: makes the default group unique under concurrency. */
export interface DefaultSecurityGroupsTable {
  project_id: string;
  security_group_id: string;
}
export interface SecurityGroupRulesTable extends StandardAttributes {
  id: string;
  project_id: string;
  security_group_id: string;
  remote_group_id: string | null;
  remote_address_group_id: string | null;
  direction: string;
  ethertype: string;
  protocol: string | null;
  port_range_min: number | null;
  port_range_max: number | null;
  remote_ip_prefix: string | null;
}
export interface SecurityGroupPortBindingsTable {
  port_id: string;
  security_group_id: string;
}

export interface AddressGroupsTable extends StandardAttributes {
  id: string;
  project_id: string;
  name: string;
}
export interface AddressGroupAddressesTable {
  address_group_id: string;
  /** A prefix without host bits. */
  address: string;
}

export interface AgentsTable {
  id: string;
  agent_type: string;
  binary: string;
  topic: string;
  host: string;
  availability_zone: string | null;
  admin_state_up: Bool;
  description: string;
  created_at: string;
  started_at: string;
  heartbeat_timestamp: string;
  configurations: string; // JSON
  resource_versions: string; // JSON
  /** Of what `dhcp_load_type` names: how much of it the agent said that it serves. */
  load: number;
  /** Of what the agent said last (agents/reported-state.ts); empty where it has said nothing. */
  reported_digest: Generated<string>;
}
export interface NetworkDhcpAgentBindingsTable {
  network_id: string;
  dhcp_agent_id: string;
}

/** Of one transaction: a list of changes that agents care about, which have no number yet. */
interface AgentChangeOutboxTable {
  id: string;
  changes: string; // JSON
}
/** A change that has its place in the order of all. */
interface AgentChangesTable {
  revision: number;
  kind: string;
  subject: string;
  object_id: string;
  recorded_at: string;
}
/** One row, whose lock is the right to give the next number. */
interface AgentChangeCounterTable {
  id: number;
  /** The newest. */
  revision: number;
  /** What is as old, or older, is no longer in the log. */
  forgotten: number;
}

export interface QuotasTable {
  project_id: string;
  resource: string;
  quota_limit: number;
}
/** A row to lock while a project's usage of a resource is counted. */
export interface QuotaLocksTable {
  project_id: string;
  resource: string;
}
export interface TagsTable {
  resource_id: string;
  /** Collection name, e.g. "networks". */
  collection: string;
  tag: string;
}

/** One row a migration made on this database. */
export interface SchemaMigrationsTable {
  revision: string;
  applied_at: string;
}

export interface RoutersTable extends StandardAttributes {
  id: string;
  project_id: string;
  name: string;
  admin_state_up: Bool;
  status: string;
  /** For as long as there is a gateway. */
  enable_snat: Bool;
  availability_zone_hints: string; // JSON list
  flavor_id: Generated<string | null>;
  /** A service profile, where no flavor chooses one. */
  service_type_id: Generated<string | null>;
  /** Several agents have it, one of which is active. */
  ha: Generated<Bool>;
  /** What goes outside is spread over all its gateways, rather than going by the first. */
  enable_default_route_ecmp: Generated<Bool>;
}

/** The network by which the highly available routers of a project watch one another. */
interface HaNetworksTable {
  project_id: string;
  network_id: string;
}

/** The number of a highly available router on such a network. */
interface HaRouterVrIdsTable {
  router_id: string;
  network_id: string;
  vr_id: number;
}

/** The port by which the copy of a router at one agent watches the others. */
interface HaRouterPortsTable {
  port_id: string;
  router_id: string;
  l3_agent_id: string;
  /** "active", "standby" or "unknown", as the agent reported it. */
  state: string;
}

/** The ports by which a router is attached, inside and outside. */
export interface RouterPortsTable {
  port_id: string;
  router_id: string;
  /** The device_owner that such a port has: "network:router_interface", "network:router_gateway". */
  port_type: string;
  /** The order of gateways; of no meaning for other ports. */
  position: Generated<number>;
}

export interface RouterRoutesTable {
  router_id: string;
  destination: string;
  nexthop: string;
}

/** The network that a project had made, and the router by which it leads outside. */
interface AutoAllocatedTopologiesTable {
  project_id: string;
  network_id: string;
  router_id: string | null;
}

export interface FloatingipsTable extends StandardAttributes {
  id: string;
  project_id: string;
  floating_ip_address: string;
  floating_network_id: string;
  floating_port_id: string;
  fixed_port_id: string | null;
  fixed_ip_address: string | null;
  router_id: string | null;
  /** The router that had it before: its agent is to say that it let go. */
  last_known_router_id: string | null;
  status: string;
  dns_name: Generated<string>;
  dns_domain: Generated<string>;
}

export interface PortForwardingsTable extends StandardAttributes {
  id: string;
  floatingip_id: string;
  internal_port_id: string;
  protocol: string;
  internal_ip_address: string;
  internal_port_start: number;
  internal_port_end: number;
  external_port_start: number;
  external_port_end: number;
}

export interface ConntrackHelpersTable {
  id: string;
  router_id: string;
  protocol: string;
  port: number;
  helper: string;
}

export interface RouterL3AgentBindingsTable {
  router_id: string;
  l3_agent_id: string;
  binding_index: number;
}

export interface Database {
  schema_migrations: SchemaMigrationsTable;
  networks: NetworksTable;
  network_rbacs: RbacsTable;
  network_segments: NetworkSegmentsTable;
  subnets: SubnetsTable;
  allocation_pools: AllocationPoolsTable;
  subnetpools: SubnetpoolsTable;
  subnetpool_prefixes: SubnetpoolPrefixesTable;
  subnetpool_rbacs: RbacsTable;
  address_scopes: AddressScopesTable;
  flavors: FlavorsTable;
  service_profiles: ServiceProfilesTable;
  flavor_service_profile_bindings: FlavorServiceProfileBindingsTable;
  addressscope_rbacs: RbacsTable;
  ports: PortsTable;
  ip_allocations: IpAllocationsTable;
  allowed_address_pairs: AllowedAddressPairsTable;
  extra_dhcp_opts: ExtraDhcpOptsTable;
  port_bindings: PortBindingsTable;
  provisioning_blocks: ProvisioningBlocksTable;
  security_groups: SecurityGroupsTable;
  security_group_rbacs: RbacsTable;
  address_groups: AddressGroupsTable;
  address_group_addresses: AddressGroupAddressesTable;
  address_group_rbacs: RbacsTable;
  default_security_groups: DefaultSecurityGroupsTable;
  security_group_rules: SecurityGroupRulesTable;
  security_group_port_bindings: SecurityGroupPortBindingsTable;
  agents: AgentsTable;
  network_dhcp_agent_bindings: NetworkDhcpAgentBindingsTable;
  agent_change_outbox: AgentChangeOutboxTable;
  agent_changes: AgentChangesTable;
  agent_change_counter: AgentChangeCounterTable;
  routers: RoutersTable;
  ha_networks: HaNetworksTable;
  ha_router_ports: HaRouterPortsTable;
  ha_router_vr_ids: HaRouterVrIdsTable;
  router_ports: RouterPortsTable;
  router_routes: RouterRoutesTable;
  floatingips: FloatingipsTable;
  port_forwardings: PortForwardingsTable;
  conntrack_helpers: ConntrackHelpersTable;
  auto_allocated_topologies: AutoAllocatedTopologiesTable;
  router_l3_agent_bindings: RouterL3AgentBindingsTable;
  quota_locks: QuotaLocksTable;
  quotas: QuotasTable;
  tags: TagsTable;
}
