import { notifierTopic, topics } from './topics.ts';

/**
 * What agents and servers may say to each other, as Neutron's programs from Newton to Zed do: all that a Linux bridge,
 * DHCP, L3 or metadata agent asks or hears. Routers that are distributed are not there, nor is what their agents ask.
 */

/** The arguments of a method. Where `any` may come, the method reads what it knows and overlooks the rest. */
export type Parameters = 'any' | { readonly required: readonly string[]; readonly optional?: readonly string[] };

export interface ServedMethod {
  /** The version from which on it is served. */
  readonly since: string;
  readonly parameters: Parameters;
  /** The release whose agents call it first. */
  readonly callers: string;
}

/** Methods of one version at one topic. A request is served where majors are equal and the minor is not above. */
export interface ServedInterface {
  readonly topic: string;
  readonly version: string;
  readonly methods: Readonly<Record<string, ServedMethod>>;
}

const any = (since: string, callers: string): ServedMethod => ({ since, parameters: 'any', callers });
const exact = (since: string, callers: string, required: readonly string[], optional: readonly string[] = []): ServedMethod => ({ since, parameters: { required, optional }, callers });

export type InterfaceName = 'devices' | 'tunnels' | 'securityGroups' | 'dhcp' | 'metadata' | 'resources' | 'reports' | 'routers';

/** What the server answers. */
export const servedInterfaces: Readonly<Record<InterfaceName, ServedInterface>> = {
  devices: {
    topic: topics.plugin,
    version: '1.9',
    methods: {
      get_device_details: any('1.0', 'Newton'),
      get_devices_details_list: any('1.2', 'Newton'),
      get_devices_details_list_and_failed_devices: any('1.5', 'Newton'),
      get_network_details: any('1.6', 'Train'),
      update_device_up: any('1.0', 'Newton'),
      update_device_down: any('1.0', 'Newton'),
      update_device_list: any('1.5', 'Newton'),
      get_ports_by_vnic_type_and_host: exact('1.7', 'Train', ['vnic_type', 'host']),
    },
  },
  tunnels: { topic: topics.plugin, version: '1.9', methods: { tunnel_sync: any('1.0', 'Newton') } },
  securityGroups: {
    topic: topics.plugin,
    version: '1.3',
    methods: {
      security_group_rules_for_devices: any('1.1', 'Newton'),
      security_group_info_for_devices: any('1.2', 'Newton'),
    },
  },
  dhcp: {
    topic: topics.plugin,
    version: '1.10',
    methods: {
      get_active_networks_info: any('1.1', 'Newton'),
      get_network_info: any('1.0', 'Newton'),
      create_dhcp_port: any('1.1', 'Newton'),
      update_dhcp_port: any('1.1', 'Newton'),
      release_dhcp_port: any('1.0', 'Newton'),
      dhcp_ready_on_ports: exact('1.5', 'Newton', ['port_ids']),
      get_networks: exact('1.7', 'Train', [], ['filters', 'fields']),
      get_dhcp_port: any('1.8', 'Train'),
    },
  },
  metadata: { topic: topics.plugin, version: '1.0', methods: { get_ports: exact('1.0', 'Newton', ['filters']) } },
  resources: {
    topic: topics.plugin,
    version: '1.1',
    methods: {
      pull: exact('1.0', 'Newton', ['resource_type', 'version', 'resource_id']),
      bulk_pull: exact('1.1', 'Pike', ['resource_type', 'version'], ['filter_kwargs']),
    },
  },
  reports: {
    topic: topics.reports,
    version: '1.4',
    methods: {
      report_state: any('1.0', 'Newton'),
      has_alive_neutron_server: any('1.2', 'Stein'),
      get_agents: any('1.3', 'later than Zed'),
      delete_agent: any('1.4', 'later than Zed'),
    },
  },
  routers: {
    topic: topics.l3Plugin,
    version: '1.12',
    methods: {
      sync_routers: any('1.0', 'Newton'),
      get_external_network_id: any('1.0', 'Newton'),
      update_floatingip_statuses: exact('1.1', 'Newton', ['router_id', 'fip_statuses']),
      get_ports_by_subnet: any('1.2', 'Newton'),
      get_service_plugin_list: any('1.3', 'Newton'),
      update_ha_routers_states: exact('1.5', 'Newton', ['host', 'states']),
      get_router_ids: exact('1.9', 'Newton', ['host']),
      update_all_ha_network_port_statuses: exact('1.10', 'Newton', ['host']),
      get_host_ha_router_count: exact('1.11', 'Stein', ['host']),
      get_networks: exact('1.12', 'Train', [], ['filters', 'fields']),
    },
  },
};

/** A message of the server's that nobody answers. */
export interface Announcement {
  readonly topic: string;
  readonly method: string;
  /** The version that is asked for: agents of releases that serve a lower one do not take it. */
  readonly version: string;
  /** To everybody who listens at the topic, or to the one that it is for. */
  readonly to: 'all' | 'one host';
  readonly args: readonly string[];
  /** The first release whose agents listen. */
  readonly listeners: string;
  /** Which of our agents listens; `l2population`: the Linux bridge agent with [VXLAN] l2_population. Null: none has a use for it. */
  readonly heardBy: 'linuxbridge' | 'l2population' | 'dhcp' | 'l3' | null;
}

/** Those of releases before Rocky serve 1.4; all take what asks for less. */
const versionOf: Readonly<Record<string, string>> = { network_update: '1.4', security_groups_rule_updated: '1.1', security_groups_member_updated: '1.1', binding_activate: '1.5', binding_deactivate: '1.5' };
const toL2 = (topic: string, method: string, args: readonly string[]): Announcement => ({
  topic, method, args, version: versionOf[method] ?? '1.0', to: 'all', listeners: method.startsWith('binding_') ? 'Rocky' : 'Newton', heardBy: 'linuxbridge',
});
const toDhcp = (method: string, args: readonly string[] = ['payload']): Announcement => ({ topic: topics.dhcpAgent, method, args, version: '1.0', to: 'one host', listeners: 'Newton', heardBy: 'dhcp' });
const toL3 = (method: string, args: readonly string[], more: Partial<Announcement> = {}): Announcement => ({ topic: topics.l3Agent, method, args, version: '1.0', to: 'one host', listeners: 'Newton', heardBy: 'l3', ...more });

/** What the server announces. */
export const announcements: readonly Announcement[] = [
  toL2(notifierTopic('port', 'update'), 'port_update', ['port', 'network_type', 'segmentation_id', 'physical_network']),
  toL2(notifierTopic('port', 'delete'), 'port_delete', ['port_id']),
  toL2(notifierTopic('network', 'update'), 'network_update', ['network']),
  toL2(notifierTopic('network', 'delete'), 'network_delete', ['network_id']),
  toL2(notifierTopic('security_group', 'update'), 'security_groups_rule_updated', ['security_groups']),
  toL2(notifierTopic('security_group', 'update'), 'security_groups_member_updated', ['security_groups']),
  toL2(notifierTopic('binding', 'deactivate'), 'binding_deactivate', ['port_id', 'host', 'network_id']),
  toL2(notifierTopic('binding', 'activate'), 'binding_activate', ['port_id', 'host']),
  ...['add_fdb_entries', 'remove_fdb_entries', 'update_fdb_entries'].map((method) => ({ ...toL2(notifierTopic('l2population', 'update'), method, ['fdb_entries']), heardBy: 'l2population' as const })),
  { ...toL2(notifierTopic('tunnel', 'update'), 'tunnel_update', ['tunnel_ip', 'tunnel_type']), heardBy: null },
  ...['network', 'subnet', 'port'].flatMap((resource) => ['create', 'update', 'delete'].map((operation) => toDhcp(`${resource}_${operation}_end`))),
  toDhcp('agent_updated'),
  toL3('routers_updated', ['routers'], { version: '1.1' }),
  toL3('router_deleted', ['router_id'], { to: 'all' }),
  toL3('router_added_to_agent', ['payload']),
  toL3('router_removed_from_agent', ['payload']),
  toL3('agent_updated', ['payload']),
  { topic: 'neutron-vo-<type>-<version>', method: 'push', args: ['resource_list', 'event_type'], version: '1.1', to: 'all', listeners: 'Ocata', heardBy: null },
];
