import type { JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { heartbeat, instance, linuxbridge, make, remove, report, update, type Act, type Conversation, type IdOf, type Question } from './conversation.ts';

const UNKNOWN = 'ffffffff-ffff-4fff-8fff-ffffffffffff';

const l3 = (host: string): JsonObject => ({
  binary: 'neutron-l3-agent', host, topic: 'l3_agent', agent_type: 'L3 agent', availability_zone: 'nova', start_flag: true,
  configurations: { agent_mode: 'legacy', handle_internal_only_routers: true, interface_driver: 'linuxbridge', log_agent_heartbeats: false, routers: 0, ex_gw_ports: 0, interfaces: 0, floating_ips: 0 },
});
const ask = (title: string, method: string, version: string, args: Question['args']): Question => ({ title, topic: topics.l3Plugin, method, version, args });
const put = (title: string, path: (id: IdOf) => string, body: (id: IdOf) => JsonObject): Act => ({ title: `PUT ${title}`, change: (id) => ({ method: 'PUT', path: `/v2.0/${path(id)}`, body: body(id) }) });

const agentReports: readonly Act[] = [
  report('report_state: a Linux bridge agent of Zed, new', '1.2', linuxbridge('compute-1', undefined)),
  report('report_state: an L3 agent of Newton, new', '1.0', l3('compute-1')),
  ask('get_host_ha_router_count: Stein to Zed', 'get_host_ha_router_count', '1.11', () => ({ host: 'compute-1' })),
  ask('get_host_ha_router_count: an argument left out', 'get_host_ha_router_count', '1.11', () => ({})),
  ask('get_service_plugin_list: Newton to Zed', 'get_service_plugin_list', '1.3', () => ({})),
  ask('get_router_ids: none', 'get_router_ids', '1.9', () => ({ host: 'compute-1' })),
  ask('sync_routers: a version to come', 'sync_routers', '1.99', () => ({ host: 'compute-1' })),
];

const objects: readonly Act[] = [
  make('outside', 'networks', () => ({ name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'public' })),
  make('public', 'subnets', (id) => ({ network_id: id('outside'), name: 'public', ip_version: 4, cidr: '203.0.113.0/24', enable_dhcp: false })),
  make('net', 'networks', () => ({ name: 'net', 'provider:network_type': 'vxlan', 'provider:segmentation_id': 1001 })),
  make('v4', 'subnets', (id) => ({ network_id: id('net'), name: 'v4', ip_version: 4, cidr: '10.1.0.0/24', dns_nameservers: ['192.0.2.53'] })),
  make('v6', 'subnets', (id) => ({ network_id: id('net'), name: 'v6', ip_version: 6, cidr: 'fd00:1::/64', ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' })),
  make('more', 'subnets', (id) => ({ network_id: id('net'), name: 'more', ip_version: 4, cidr: '10.2.0.0/24', gateway_ip: null })),
  make('vm', 'ports', (id) => ({
    network_id: id('net'), name: 'vm', device_owner: 'compute:nova', device_id: instance(1), mac_address: 'fa:16:3e:00:00:01', 'binding:host_id': 'compute-1', port_security_enabled: false,
    fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.11' }],
  })),
  make('router', 'routers', () => ({ name: 'router' })),
  ask('get_router_ids: Newton to Zed, one that nobody has', 'get_router_ids', '1.9', () => ({ host: 'compute-1' })),
  ask('sync_routers: of a router without ports, Newton to Zed', 'sync_routers', '1.0', (id) => ({ host: 'compute-1', router_ids: [id('router')] })),
  put('add_router_interface: v4', (id) => `routers/${id('router')}/add_router_interface`, (id) => ({ subnet_id: id('v4') })),
  put('add_router_interface: v6', (id) => `routers/${id('router')}/add_router_interface`, (id) => ({ subnet_id: id('v6') })),
  update('a gateway', 'routers', 'router', (id) => ({ external_gateway_info: { network_id: id('outside'), external_fixed_ips: [{ ip_address: '203.0.113.10' }] } })),
  make('floating', 'floatingips', (id) => ({ floating_network_id: id('outside'), floating_ip_address: '203.0.113.20', port_id: id('vm') })),
  make('idle', 'floatingips', (id) => ({ floating_network_id: id('outside'), floating_ip_address: '203.0.113.21' })),
];

const questions: readonly Act[] = [
  ask('get_router_ids: of a host without an agent', 'get_router_ids', '1.9', () => ({ host: 'compute-9' })),
  ask('get_router_ids: an argument left out', 'get_router_ids', '1.9', () => ({})),
  ask('sync_routers: one, Newton to Zed', 'sync_routers', '1.0', (id) => ({ host: 'compute-1', router_ids: [id('router')] })),
  ask('sync_routers: all', 'sync_routers', '1.0', () => ({ host: 'compute-1', router_ids: null })),
  ask('sync_routers: none of them', 'sync_routers', '1.0', () => ({ host: 'compute-1', router_ids: [] })),
  ask('sync_routers: unknown', 'sync_routers', '1.0', () => ({ host: 'compute-1', router_ids: [UNKNOWN] })),
  ask('sync_routers: of a host without an agent', 'sync_routers', '1.0', (id) => ({ host: 'compute-9', router_ids: [id('router')] })),
  ask('update_floatingip_statuses: Newton to Zed', 'update_floatingip_statuses', '1.1', (id) => ({ router_id: id('router'), fip_statuses: { [id('floating')]: 'ACTIVE', [UNKNOWN]: 'ACTIVE' } })),
  ask('sync_routers: a floating IP that is ACTIVE', 'sync_routers', '1.0', (id) => ({ host: 'compute-1', router_ids: [id('router')] })),
  ask('update_floatingip_statuses: an argument left out', 'update_floatingip_statuses', '1.1', (id) => ({ router_id: id('router') })),
  ask('update_floatingip_statuses: of a router that is unknown', 'update_floatingip_statuses', '1.1', () => ({ router_id: UNKNOWN, fip_statuses: {} })),
  ask('get_ports_by_subnet: Newton to Zed', 'get_ports_by_subnet', '1.2', (id) => ({ host: 'compute-1', subnet_id: id('v4') })),
  ask('get_networks: Train to Zed', 'get_networks', '1.12', (id) => ({ filters: { id: [id('net')] }, fields: ['id', 'subnets'] })),
  ask('get_networks: an argument too many', 'get_networks', '1.12', () => ({ filters: {}, fields: [], host: 'compute-1' })),
];

const changes: readonly Act[] = [
  update('a name', 'routers', 'router', { name: 'renamed' }),
  update('a route', 'routers', 'router', { routes: [{ destination: '198.51.100.0/24', nexthop: '10.1.0.11' }] }),
  update('no source NAT', 'routers', 'router', (id) => ({ external_gateway_info: { network_id: id('outside'), enable_snat: false, external_fixed_ips: [{ ip_address: '203.0.113.10' }] } })),
  ask('sync_routers: with a route, without source NAT', 'sync_routers', '1.0', (id) => ({ host: 'compute-1', router_ids: [id('router')] })),
  update('to nowhere', 'floatingips', 'floating', { port_id: null }),
  ask('update_floatingip_statuses: one that leads nowhere', 'update_floatingip_statuses', '1.1', (id) => ({ router_id: id('router'), fip_statuses: {} })),
  update('to an instance', 'floatingips', 'floating', (id) => ({ port_id: id('vm') })),
  update('an address of the instance', 'ports', 'vm', (id) => ({ fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.12' }, { subnet_id: id('v4'), ip_address: '10.1.0.11' }] })),
  update('name servers', 'subnets', 'v4', { dns_nameservers: ['192.0.2.54'] }),
  update('the MTU', 'networks', 'net', { mtu: 1400 }),
  update('switched off', 'routers', 'router', { admin_state_up: false }),
  ask('sync_routers: one that is switched off', 'sync_routers', '1.0', (id) => ({ host: 'compute-1', router_ids: [id('router')] })),
  update('switched on', 'routers', 'router', { admin_state_up: true }),
  ask('get_router_ids: still the same', 'get_router_ids', '1.9', () => ({ host: 'compute-1' })),
  make('second', 'routers', (id) => ({ name: 'second', external_gateway_info: { network_id: id('outside'), external_fixed_ips: [{ ip_address: '203.0.113.11' }] } })),
  remove('routers', 'second'),
  put('remove_router_interface: v6', (id) => `routers/${id('router')}/remove_router_interface`, (id) => ({ subnet_id: id('v6') })),
  remove('floatingips', 'floating'),
  remove('floatingips', 'idle'),
  update('no routes', 'routers', 'router', { routes: [] }),
  update('no gateway', 'routers', 'router', { external_gateway_info: {} }),
  put('remove_router_interface: v4', (id) => `routers/${id('router')}/remove_router_interface`, (id) => ({ subnet_id: id('v4') })),
  remove('routers', 'router'),
  remove('ports', 'vm'),
  remove('networks', 'net'),
  remove('networks', 'outside'),
];

/** What L3 agents ask and hear. */
export const l3Conversation: Conversation = {
  acts: [...agentReports, ...objects, ...questions, ...changes],
  listened: [[topics.l3Agent, 'compute-1']],
  livingAgents: [linuxbridge('compute-1', undefined), l3('compute-1')].map(heartbeat),
};

