import { hostname } from 'node:os';
import { option } from '@neutrino/lib/conf/option';
import { bool, choice, hostAddress, int, list, optional, port, str } from '@neutrino/lib/conf/option-types';
import { messagingOptions } from '@neutrino/runtime/conf/messaging-options';

const always = 'it is always on; remove it';

/** [DEFAULT] of neutron-server. */
export const defaultOptions = {
  host: option({ type: str(), default: hostname(), sample: '<name of this host>', help: 'Name of this host, by which agents and servers know one another.' }),
  state_path: option({ type: str(), default: '/var/lib/neutron', help: 'Directory of files that must survive a restart.' }),
  bind_host: option({ type: hostAddress(), default: '0.0.0.0', help: 'Address on which the API answers.' }),
  bind_port: option({ type: port(), default: 9696, help: 'TCP port on which the API answers.' }),
  api_workers: option({
    type: optional(int({ min: 0 })),
    default: null,
    help: 'Processes that answer the API. Without it: one for each core, up to eight and one for each GiB of memory; one where the database is SQLite.',
  }),
  rpc_workers: option({
    type: optional(int({ min: 0 })),
    default: null,
    help: 'Processes that do nothing but hear agents. Without it, or with 0, those that answer the API hear them too. Needs transport_url.',
  }),
  auth_strategy: option({
    type: choice(['keystone', 'noauth']),
    default: 'keystone',
    help: 'Who checks callers: Keystone, or nobody (then every caller is an administrator, so only for trials).',
  }),
  core_plugin: option({
    type: choice(['ml2', 'neutron.plugins.ml2.plugin.Ml2Plugin']),
    default: 'ml2',
    help: 'The plugin that serves networks, subnets and ports.',
  }),
  service_plugins: option({ type: list(str()), default: [], help: 'Further services to load: router, and with it conntrack_helper and port_forwarding. Tags, timestamps, revisions, flavors and IP availability are always there, auto-allocated topologies wherever routers are; others of Neutron are not yet, and are left out with a warning.' }),
  ...messagingOptions,
  base_mac: option({
    type: str(),
    default: 'fa:16:3e:00:00:00',
    help: 'Start of the MAC addresses of ports: its first three octets, and the fourth unless that is 00. The rest is random.',
  }),
  pagination_max_limit: option({
    type: str(),
    default: '-1',
    help: 'Most items in one page of a list; "infinite" or a negative number for no limit.',
  }),
  filter_validation: option({ type: bool(), default: true, help: 'Refuse filters that do not exist. Off: they are overlooked.' }),
  default_availability_zones: option({
    type: list(str()),
    default: [],
    help: 'Availability zones of networks that ask for none. Empty: any.',
  }),
  dns_domain: option({ type: str(), default: 'openstacklocal', help: 'Domain of the names of ports and instances.' }),
  max_dns_nameservers: option({ type: int(), default: 5, help: 'Most DNS servers of one subnet.' }),
  max_subnet_host_routes: option({ type: int(), default: 20, help: 'Most host routes of one subnet.' }),
  max_allowed_address_pair: option({ type: int(), default: 10, help: 'Most allowed address pairs of one port.' }),
  max_routes: option({ type: int({ min: 0 }), default: 30, help: 'Most extra routes of one router.' }),
  enable_snat_by_default: option({ type: bool(), default: true, help: "A router's gateway translates addresses of inside to its own where the request says nothing of it." }),
  enable_default_route_ecmp: option({ type: bool(), default: false, help: 'A router with several gateways spreads what goes outside over all of them where the request says nothing of it.' }),
  l3_ha: option({ type: bool(), default: false, help: 'Routers are highly available where the request says nothing of it.' }),
  max_l3_agents_per_router: option({ type: int({ min: 0 }), default: 3, help: 'Most L3 agents that have a highly available router; 0: all.' }),
  l3_ha_net_cidr: option({ type: str(), default: '169.254.192.0/18', help: 'Addresses of the networks by which the copies of highly available routers watch one another.' }),
  l3_ha_network_type: option({ type: str(), default: '', help: "Type of those networks; empty: as of projects' own." }),
  l3_ha_network_physical_name: option({ type: str(), default: '', help: 'Physical network of those networks, where their type has one; empty: any.' }),
  router_auto_schedule: option({ type: bool(), default: true, help: 'An L3 agent that asks for its routers is given those that no agent has.' }),
  vlan_transparent: option({ type: bool(), default: false, help: "Networks can be asked for that let VLAN tags of the instances' own through." }),
  ipv6_pd_enabled: option({ type: bool(), default: false, help: 'IPv6 subnets that ask for the default subnet pool get their prefix by prefix delegation.' }),
  global_physnet_mtu: option({
    type: int({ min: 0 }),
    default: 1500,
    deprecated: ['ml2.segment_mtu'],
    help: 'MTU of the physical network, bytes; 0 for unlimited. Networks get it less what their encapsulation takes.',
  }),
  agent_down_time: option({
    type: int({ min: 1 }),
    default: 75,
    help: "Seconds without a report after which an agent counts as dead; at least twice the agents' report_interval.",
  }),
  enable_new_agents: option({ type: bool(), default: true, help: 'An agent that reports for the first time may be used at once.' }),
  dhcp_agents_per_network: option({ type: int({ min: 1 }), default: 1, help: 'How many DHCP agents serve a network.' }),
  dhcp_load_type: option({
    type: choice(['networks', 'subnets', 'ports']),
    default: 'networks',
    help: 'What is counted of a DHCP agent where the one with the least load is chosen.',
  }),
  network_scheduler_driver: option({
    type: str(),
    default: 'neutron.scheduler.dhcp_agent_scheduler.WeightScheduler',
    help: 'How DHCP agents are chosen: WeightScheduler (the least load), AZAwareWeightScheduler (each from another availability zone first) or ChanceScheduler.',
  }),
  network_auto_schedule: option({ type: bool(), default: true, help: 'Give networks to DHCP agents without being asked.' }),
  allow_automatic_dhcp_failover: option({
    type: bool(),
    default: true,
    help: 'Give networks to other DHCP agents when theirs was not heard for twice agent_down_time.',
  }),
  allow_automatic_l3agent_failover: option({
    type: bool(),
    default: false,
    help: 'Give routers to other L3 agents when theirs was not heard for twice agent_down_time.',
  }),
  enable_services_on_agents_with_admin_state_down: option({
    type: bool(),
    default: false,
    help: 'DHCP and L3 agents that were disabled go on serving what they serve, and can be given networks and routers by hand.',
  }),
  dhcp_agent_notification: option({ type: bool(), default: true, help: 'Tell DHCP agents of changes to networks, subnets and ports.' }),
  notify_nova_on_port_status_changes: option({ type: bool(), default: true, help: 'Tell Nova when the port of an instance is wired or no longer is: it waits for that.' }),
  notify_nova_on_port_data_changes: option({ type: bool(), default: true, help: 'Tell Nova when the port of an instance changes or is deleted, so that what it remembers is true.' }),
  send_events_interval: option({
    type: int({ min: 0 }),
    default: 2,
    help: 'Seconds between requests that tell Nova of changes, if there are any. What an instance waits for is told at once.',
  }),
  http_retries: option({ type: int({ min: 0 }), default: 3, help: 'How often a connection to Nova that cannot be made is tried again at once, before what was to be told waits.' }),
  allow_overlapping_ips: option({
    type: bool(),
    default: true,
    help: 'Formerly: projects may use the same addresses.',
    deprecatedForRemoval: always,
  }),
  allow_bulk: option({ type: bool(), default: true, help: 'Formerly: several resources in one request.', deprecatedForRemoval: always }),
  allow_pagination: option({ type: bool(), default: true, help: 'Formerly: lists in pages.', deprecatedForRemoval: always }),
  allow_sorting: option({ type: bool(), default: true, help: 'Formerly: sorted lists.', deprecatedForRemoval: always }),
  advertise_mtu: option({ type: bool(), default: true, help: 'Formerly: tell instances the MTU.', deprecatedForRemoval: always }),
};
