import type { JsonObject } from '@neutrino/lib/json';
import { notifierTopic, topics } from '@neutrino/lib/rpc/topics';

/** Id of what was made under a name. */
export type IdOf = (name: string) => string;

/** A change by the API; `as` names what it made. Its title says which notifications are to be looked at after it. */
export interface Change {
  readonly title: string;
  readonly change: (id: IdOf) => { readonly method: string; readonly path: string; readonly body?: JsonObject };
  readonly as?: string;
}

/** What an agent asks, as agents of these releases ask it. */
export interface Question {
  readonly title: string;
  readonly topic: string;
  readonly method: string;
  readonly version: string;
  readonly args: (id: IdOf) => JsonObject;
  readonly as?: string;
}
export type Act = Change | Question;

/** All that agents ask a server, with what they listen to meanwhile. */
export interface Conversation {
  readonly acts: readonly Act[];
  /** Topics, and as which host at each. */
  readonly listened: readonly (readonly [topic: string, server: string])[];
  /** What agents report that have to be alive throughout. */
  readonly livingAgents: readonly JsonObject[];
}

const project = 'a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0';
export const instance = (n: number): string => `1157a9ce-0000-4000-8000-00000000000${n}`;
const tap = (id: string): string => `tap${id.slice(0, 11)}`;

/** All that agents of Zed say of the versions of objects that they understand. */
const zedVersions = {
  AddressGroup: '1.2', Agent: '1.1', ConntrackHelper: '1.0', LocalIPAssociation: '1.0', Log: '1.0', NDPProxy: '1.0', Network: '1.1', Port: '1.7', PortForwarding: '1.3',
  QosPolicy: '1.10', SecurityGroup: '1.5', SecurityGroupRule: '1.2', SubPort: '1.0', Subnet: '1.1', Trunk: '1.1',
};
export const linuxbridge = (host: string, versions: JsonObject | undefined): JsonObject => ({
  binary: 'neutron-linuxbridge-agent', host, topic: 'N/A', agent_type: 'Linux bridge agent', start_flag: true,
  configurations: { extensions: [], bridge_mappings: {}, interface_mappings: { public: 'eth0' }, tunneling_ip: host === 'compute-1' ? '192.0.2.1' : '192.0.2.2', tunnel_types: ['vxlan'], l2_population: false, devices: 0 },
  ...(versions && { resource_versions: versions }),
});
const dhcp = (host: string): JsonObject => ({
  binary: 'neutron-dhcp-agent', host, topic: 'dhcp_agent', agent_type: 'DHCP agent', availability_zone: 'nova', start_flag: true,
  configurations: { dhcp_driver: 'neutron.agent.linux.dhcp.Dnsmasq', dhcp_lease_duration: 86400, log_agent_heartbeats: false, networks: 0, subnets: 0, ports: 0 },
});
const metadata = (host: string): JsonObject => ({
  binary: 'neutron-metadata-agent', host, topic: 'N/A', agent_type: 'Metadata agent', start_flag: true,
  configurations: { metadata_proxy_socket: '/var/lib/neutron/metadata_proxy', nova_metadata_host: '127.0.0.1', nova_metadata_port: 8775, log_agent_heartbeats: false },
});

/** The arguments of a report. */
export const reported = (state: JsonObject): JsonObject => ({ agent_state: { agent_state: { ...state, uuid: crypto.randomUUID() } }, time: new Date().toISOString().slice(0, -1) });
export const report = (title: string, version: string, state: JsonObject): Question => ({ title, topic: topics.reports, method: 'report_state', version, args: () => reported(state) });
export const heartbeat = ({ resource_versions: _versions, start_flag: _start, ...state }: JsonObject): JsonObject => state;
const livingAgents: readonly JsonObject[] = [linuxbridge('compute-1', undefined), linuxbridge('compute-2', undefined), dhcp('compute-1')].map(heartbeat);
const ask = (title: string, method: string, version: string, args: Question['args'], as?: string): Question => ({ title, topic: topics.plugin, method, version, args, ...(as === undefined ? {} : { as }) });
export const make = (as: string, collection: string, body: (id: IdOf) => JsonObject): Change => {
  const one = collection.replace(/s$/, '').replaceAll('-', '_');
  return { title: `POST /v2.0/${collection}: ${as}`, as, change: (id) => ({ method: 'POST', path: `/v2.0/${collection}`, body: { [one]: { project_id: project, ...body(id) } } }) };
};
export const update = (title: string, collection: string, name: string, body: JsonObject | ((id: IdOf) => JsonObject)): Change => {
  const one = collection.replace(/s$/, '').replaceAll('-', '_');
  return { title: `PUT /v2.0/${collection}: ${title}`, change: (id) => ({ method: 'PUT', path: `/v2.0/${collection}/${id(name)}`, body: { [one]: typeof body === 'function' ? body(id) : body } }) };
};
export const remove = (collection: string, name: string): Change => ({ title: `DELETE /v2.0/${collection}: ${name}`, change: (id) => ({ method: 'DELETE', path: `/v2.0/${collection}/${id(name)}` }) });

const agentsReport: readonly Act[] = [
  report('report_state: a Linux bridge agent of Newton, new', '1.0', linuxbridge('compute-1', { QosPolicy: '1.3', SubPort: '1.0', Trunk: '1.0' })),
  report('report_state: a Linux bridge agent of Zed, new', '1.2', linuxbridge('compute-2', zedVersions)),
  report('report_state: a Linux bridge agent of Zed, alive', '1.2', heartbeat(linuxbridge('compute-2', zedVersions))),
  report('report_state: a DHCP agent of Ocata, new', '1.0', dhcp('compute-1')),
  report('report_state: a metadata agent of Zed, new', '1.2', metadata('compute-1')),
  { title: 'has_alive_neutron_server (Stein to Zed)', topic: topics.reports, method: 'has_alive_neutron_server', version: '1.2', args: () => ({}) },
  { title: 'report_state of a version that nobody serves', topic: topics.reports, method: 'report_state', version: '2.0', args: () => ({}) },
  { title: 'a method that nobody has', topic: topics.reports, method: 'report_health', version: '1.0', args: () => ({}) },
];

const objects: readonly Act[] = [
  make('net', 'networks', () => ({ name: 'net', 'provider:network_type': 'vxlan', 'provider:segmentation_id': 1001 })),
  make('v4', 'subnets', (id) => ({ network_id: id('net'), name: 'v4', ip_version: 4, cidr: '10.1.0.0/24', dns_nameservers: ['192.0.2.53'], host_routes: [{ destination: '198.51.100.0/24', nexthop: '10.1.0.9' }] })),
  make('v6', 'subnets', (id) => ({ network_id: id('net'), name: 'v6', ip_version: 6, cidr: 'fd00:1::/64', ipv6_ra_mode: 'dhcpv6-stateful', ipv6_address_mode: 'dhcpv6-stateful' })),
  make('static', 'subnets', (id) => ({ network_id: id('net'), name: 'static', ip_version: 4, cidr: '10.2.0.0/24', enable_dhcp: false, gateway_ip: null })),
  make('sg', 'security-groups', () => ({ name: 'web', description: 'of the web' })),
  make('admitted', 'address-groups', () => ({ name: 'admitted', addresses: ['203.0.113.0/24', '2001:db8::/32'] })),
  make('rule1', 'security-group-rules', (id) => ({ security_group_id: id('sg'), direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 81, remote_ip_prefix: '10.0.0.0/8' })),
  make('rule2', 'security-group-rules', (id) => ({ security_group_id: id('sg'), direction: 'ingress', ethertype: 'IPv4', remote_group_id: id('sg') })),
  make('rule3', 'security-group-rules', (id) => ({ security_group_id: id('sg'), direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp', port_range_min: 128 })),
  make('rule4', 'security-group-rules', (id) => ({ security_group_id: id('sg'), direction: 'ingress', ethertype: 'IPv4', protocol: 'udp', remote_address_group_id: id('admitted') })),
  make('vm1', 'ports', (id) => ({
    network_id: id('net'), name: 'vm1', device_owner: 'compute:nova', device_id: instance(1), mac_address: 'fa:16:3e:00:00:01', security_groups: [id('sg')], 'binding:host_id': 'compute-1',
    fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.11' }, { subnet_id: id('v6'), ip_address: 'fd00:1::11' }],
    allowed_address_pairs: [{ ip_address: '10.9.0.0/24' }], extra_dhcp_opts: [{ opt_name: 'mtu', opt_value: '1400' }],
  })),
  make('vm2', 'ports', (id) => ({
    network_id: id('net'), name: 'vm2', device_owner: 'compute:nova', device_id: instance(2), mac_address: 'fa:16:3e:00:00:02', security_groups: [id('sg')], 'binding:host_id': 'compute-2',
    fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.12' }],
  })),
  make('open', 'ports', (id) => ({
    network_id: id('net'), name: 'open', device_owner: 'compute:nova', device_id: instance(3), mac_address: 'fa:16:3e:00:00:03', port_security_enabled: false, 'binding:host_id': 'compute-1',
    fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.13' }],
  })),
  make('unbound', 'ports', (id) => ({ network_id: id('net'), name: 'unbound', mac_address: 'fa:16:3e:00:00:04', fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.14' }] })),
];

const lb = (host: string): JsonObject => ({ agent_id: 'lb0200c0000201', host });
const linuxBridgeAgent: readonly Act[] = [
  ask('get_device_details: Newton to Wallaby', 'get_device_details', '1.0', (id) => ({ device: tap(id('vm1')), ...lb('compute-1') })),
  ask('get_device_details: an agent that does not say its host', 'get_device_details', '1.0', (id) => ({ device: tap(id('vm1')), agent_id: 'lb0200c0000201' })),
  ask('get_device_details: a device of another host', 'get_device_details', '1.0', (id) => ({ device: tap(id('vm2')), ...lb('compute-1') })),
  ask('get_device_details: a device that is unknown', 'get_device_details', '1.0', () => ({ device: 'tapffffffff-ff', ...lb('compute-1') })),
  ask('get_device_details: a port that is not bound', 'get_device_details', '1.0', (id) => ({ device: tap(id('unbound')), ...lb('compute-1') })),
  ask('get_device_details: by MAC address, Xena to Zed', 'get_device_details', '1.9', () => ({ device: 'fa:16:3e:00:00:01', ...lb('compute-1') })),
  ask('get_device_details: by MAC address and PCI slot, Xena to Zed', 'get_device_details', '1.9', () => ({ device: ['fa:16:3e:00:00:01', null], ...lb('compute-1') })),
  ask('get_devices_details_list: Newton to Wallaby', 'get_devices_details_list', '1.3', (id) => ({ devices: [tap(id('vm1')), tap(id('open')), 'tapffffffff-ff'], ...lb('compute-1') })),
  ask('get_devices_details_list: Xena to Zed', 'get_devices_details_list', '1.9', (id) => ({ devices: [tap(id('vm2'))], ...lb('compute-2') })),
  ask('get_devices_details_list: of nothing', 'get_devices_details_list', '1.3', () => ({ devices: [], ...lb('compute-1') })),
  ask('get_devices_details_list: devices left out', 'get_devices_details_list', '1.3', () => lb('compute-1')),
  ask('get_devices_details_list_and_failed_devices: whole ids', 'get_devices_details_list_and_failed_devices', '1.5', (id) => ({ devices: [id('vm1'), id('unbound'), 'ffffffff-ffff-4fff-8fff-ffffffffffff'], ...lb('compute-1') })),
  ask('get_devices_details_list of a version to come', 'get_devices_details_list', '1.99', () => ({ devices: [], ...lb('compute-1') })),
  ask('get_network_details: Train to Zed', 'get_network_details', '1.6', (id) => ({ network: id('net'), ...lb('compute-1') })),
  ask('security_group_rules_for_devices: Newton', 'security_group_rules_for_devices', '1.1', (id) => ({ devices: [tap(id('vm1'))] })),
  ask('security_group_info_for_devices: Newton to Victoria', 'security_group_info_for_devices', '1.2', (id) => ({ devices: [tap(id('vm1')), tap(id('open')), tap(id('unbound')), 'tapffffffff-ff'] })),
  ask('security_group_info_for_devices: Wallaby to Zed', 'security_group_info_for_devices', '1.3', (id) => ({ devices: [tap(id('vm1'))], call_version: '1.3' })),
  ask('update_device_up: Newton to Wallaby', 'update_device_up', '1.0', (id) => ({ device: tap(id('vm1')), ...lb('compute-1') })),
  ask('update_device_up: on a host where it is not bound', 'update_device_up', '1.0', (id) => ({ device: tap(id('vm2')), ...lb('compute-1') })),
  ask('update_device_up: unknown', 'update_device_up', '1.0', () => ({ device: 'tapffffffff-ff', ...lb('compute-1') })),
  ask('update_device_up: Xena to Zed', 'update_device_up', '1.9', (id) => ({ device: tap(id('vm2')), ...lb('compute-2') })),
  ask('update_device_list: Newton to Stein', 'update_device_list', '1.5', (id) => ({ devices_up: [tap(id('vm1'))], devices_down: ['tapffffffff-ff'], ...lb('compute-1') })),
  ask('update_device_list: Ussuri to Wallaby', 'update_device_list', '1.8', (id) => ({ devices_up: [tap(id('vm1'))], devices_down: [], refresh_tunnels: true, ...lb('compute-1') })),
  ask('update_device_list: Train, whose agents say that they were started', 'update_device_list', '1.5', (id) => ({ devices_up: [tap(id('vm1'))], devices_down: [], agent_restarted: true, ...lb('compute-1') })),
  ask('update_device_list: Xena to Zed', 'update_device_list', '1.9', (id) => ({ devices_up: [tap(id('vm2'))], devices_down: [], refresh_tunnels: false, ...lb('compute-2') })),
  ask('tunnel_sync: Newton to Zed', 'tunnel_sync', '1.4', () => ({ tunnel_ip: '192.0.2.1', tunnel_type: 'vxlan', host: 'compute-1' })),
  ask('tunnel_sync: another host', 'tunnel_sync', '1.4', () => ({ tunnel_ip: '192.0.2.2', tunnel_type: 'vxlan', host: 'compute-2' })),
  ask('tunnel_sync: no address', 'tunnel_sync', '1.4', () => ({ tunnel_type: 'vxlan', host: 'compute-2' })),
  ask('tunnel_sync: no type', 'tunnel_sync', '1.4', () => ({ tunnel_ip: '192.0.2.2', host: 'compute-2' })),
  ask('get_ports_by_vnic_type_and_host: Train to Zed', 'get_ports_by_vnic_type_and_host', '1.7', () => ({ vnic_type: 'normal', host: 'compute-2' })),
  ask('get_ports_by_vnic_type_and_host: an argument left out', 'get_ports_by_vnic_type_and_host', '1.7', () => ({ vnic_type: 'normal' })),
  ask('get_ports_by_vnic_type_and_host: an argument too many', 'get_ports_by_vnic_type_and_host', '1.7', () => ({ vnic_type: 'normal', host: 'compute-2', more: 1 })),
];

const dhcpPort = (id: IdOf): JsonObject => ({
  port: { name: '', admin_state_up: true, device_id: 'dhcp-of-compute-1', network_id: id('net'), tenant_id: project, mac_address: 'fa:16:3e:00:00:05', fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.2' }, { subnet_id: id('v6'), ip_address: 'fd00:1::2' }] },
});
const dhcpAgent: readonly Act[] = [
  ask('get_active_networks_info: Newton to Zed', 'get_active_networks_info', '1.1', () => ({ host: 'compute-1' })),
  ask('get_active_networks_info: subnets without DHCP too, Rocky to Zed', 'get_active_networks_info', '1.1', () => ({ host: 'compute-1', enable_dhcp_filter: false })),
  ask('get_active_networks_info: a host without an agent', 'get_active_networks_info', '1.1', () => ({ host: 'compute-9' })),
  ask('get_network_info: Newton to Zed', 'get_network_info', '1.0', (id) => ({ network_id: id('net'), host: 'compute-1' })),
  ask('get_network_info: unknown', 'get_network_info', '1.0', () => ({ network_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff', host: 'compute-1' })),
  ask('create_dhcp_port: Newton to Zed', 'create_dhcp_port', '1.1', (id) => ({ port: dhcpPort(id), host: 'compute-1' }), 'dhcp1'),
  ask('get_dhcp_port: Train to Zed', 'get_dhcp_port', '1.8', (id) => ({ port_id: id('dhcp1') })),
  ask('get_dhcp_port: unknown', 'get_dhcp_port', '1.8', () => ({ port_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff' })),
  ask('update_dhcp_port: a port that is not its own', 'update_dhcp_port', '1.1', (id) => ({ port_id: id('dhcp1'), port: { port: { network_id: id('net'), device_id: 'x' } }, host: 'compute-1' })),
  ask('update_dhcp_port: unknown', 'update_dhcp_port', '1.1', (id) => ({ port_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff', port: { port: { network_id: id('net') } }, host: 'compute-1' })),
  ask('dhcp_ready_on_ports: Newton to Zed', 'dhcp_ready_on_ports', '1.5', (id) => ({ port_ids: [id('vm1'), id('vm2'), id('open'), id('dhcp1')] })),
  ask('dhcp_ready_on_ports: an argument left out', 'dhcp_ready_on_ports', '1.5', () => ({})),
  ask('dhcp_ready_on_ports: an argument too many', 'dhcp_ready_on_ports', '1.5', () => ({ port_ids: [], host: 'compute-1' })),
  ask('get_networks: Train to Zed', 'get_networks', '1.7', (id) => ({ filters: { id: [id('net')] }, fields: null })),
  ask('get_networks: some fields', 'get_networks', '1.7', (id) => ({ filters: { id: [id('net')] }, fields: ['id', 'name'] })),
  ask('get_networks: a filter that empties', 'get_networks', '1.7', () => ({ filters: { id: [] }, fields: ['id'] })),
  ask('get_network_info: the port of the agent is among them', 'get_network_info', '1.0', (id) => ({ network_id: id('net'), host: 'compute-1' })),
  ask('release_dhcp_port: Newton to Zed', 'release_dhcp_port', '1.0', (id) => ({ network_id: id('net'), device_id: 'dhcp-of-compute-1', host: 'compute-1' })),
  ask('release_dhcp_port: again', 'release_dhcp_port', '1.0', (id) => ({ network_id: id('net'), device_id: 'dhcp-of-compute-1', host: 'compute-1' })),
];

const metadataAgent: readonly Act[] = [
  ask('get_ports: by network and address', 'get_ports', '1.0', (id) => ({ filters: { network_id: [id('net')], fixed_ips: { ip_address: ['10.1.0.11'] } } })),
  ask('get_ports: by MAC address', 'get_ports', '1.0', (id) => ({ filters: { network_id: [id('net')], mac_address: ['fa:16:3e:00:00:02'] } })),
  ask('get_ports: interfaces of a router that is not there', 'get_ports', '1.0', () => ({ filters: { device_id: ['ffffffff-ffff-4fff-8fff-ffffffffffff'], device_owner: ['network:router_interface', 'network:router_interface_distributed', 'network:ha_router_replicated_interface'] } })),
  ask('get_ports: an argument left out', 'get_ports', '1.0', () => ({})),
  ask('get_ports: an argument too many', 'get_ports', '1.0', () => ({ filters: {}, fields: ['id'] })),
];

const pull = (type: string, version: string, filters: (id: IdOf) => JsonObject | null, title = ''): Question =>
  ask(`bulk_pull: ${type} ${version}${title}`, 'bulk_pull', '1.1', (id) => ({ resource_type: type, version, filter_kwargs: filters(id) }));
const objectPulls: readonly Act[] = [
  ask('pull: Trunk, Newton to Zed', 'pull', '1.0', (id) => ({ resource_type: 'Trunk', version: '1.1', resource_id: id('vm1') })),
  ask('pull: QosPolicy, Newton to Zed', 'pull', '1.0', () => ({ resource_type: 'QosPolicy', version: '1.10', resource_id: 'ffffffff-ffff-4fff-8fff-ffffffffffff' })),
  ask('pull: Port', 'pull', '1.1', (id) => ({ resource_type: 'Port', version: '1.7', resource_id: id('vm1') })),
  ask('pull: an argument left out', 'pull', '1.1', () => ({ resource_type: 'Port', version: '1.7' })),
  pull('Port', '1.7', (id) => ({ id: id('vm1') }), ', Wallaby to Zed'),
  pull('Port', '1.5', (id) => ({ id: id('vm1') }), ', Train to Victoria'),
  pull('Port', '1.4', (id) => ({ id: id('vm1') }), ', Rocky and Stein'),
  pull('Port', '1.1', (id) => ({ id: id('vm1') }), ', Pike and Queens'),
  pull('Port', '1.0', (id) => ({ id: id('vm1') }), ', Ocata'),
  pull('Port', '1.7', (id) => ({ security_group_ids: [id('sg')] }), ', by security group'),
  pull('Port', '1.7', (id) => ({ id: id('unbound') }), ', not bound'),
  pull('Port', '1.7', () => ({ id: 'ffffffff-ffff-4fff-8fff-ffffffffffff' }), ', unknown'),
  pull('Port', '1.99', (id) => ({ id: id('vm1') }), ', a version to come'),
  pull('Port', '1.7', () => ({ colour: 'red' }), ', a filter that is none'),
  pull('Network', '1.1', (id) => ({ id: id('net') }), ', Ussuri to Zed'),
  pull('Network', '1.0', (id) => ({ id: id('net') }), ', Ocata to Train'),
  pull('Subnet', '1.1', (id) => ({ network_id: id('net') }), ', Ussuri to Zed'),
  pull('Subnet', '1.0', (id) => ({ id: id('v4') }), ', Ocata to Train'),
  pull('SecurityGroup', '1.5', (id) => ({ id: id('sg') }), ', Yoga and Zed'),
  pull('SecurityGroup', '1.4', (id) => ({ id: id('sg') }), ', Wallaby and Xena'),
  pull('SecurityGroup', '1.2', (id) => ({ id: id('sg') }), ', Ussuri and Victoria'),
  pull('SecurityGroup', '1.1', (id) => ({ id: id('sg') }), ', Stein and Train'),
  pull('SecurityGroup', '1.0', (id) => ({ id: id('sg') }), ', Ocata to Rocky'),
  pull('SecurityGroupRule', '1.2', (id) => ({ security_group_id: [id('sg')] }), ', Wallaby to Zed'),
  pull('SecurityGroupRule', '1.0', (id) => ({ remote_group_id: [id('sg')] }), ', Ocata to Victoria'),
  pull('AddressGroup', '1.2', (id) => ({ id: id('admitted') }), ', Wallaby to Zed'),
  pull('AddressGroup', '1.0', (id) => ({ id: id('admitted') })),
  pull('QosPolicy', '1.10', () => null),
  pull('Trunk', '1.1', () => null),
  pull('Nonsense', '1.0', () => null),
];

const changes: readonly Act[] = [
  update('an allowed address pair', 'ports', 'vm1', { allowed_address_pairs: [{ ip_address: '10.9.1.0/24' }] }),
  update('a name', 'ports', 'vm1', { name: 'vm one' }),
  update('an address', 'ports', 'vm2', (id) => ({ fixed_ips: [{ subnet_id: id('v4'), ip_address: '10.1.0.22' }] })),
  update('its groups', 'ports', 'open', (id) => ({ port_security_enabled: true, security_groups: [id('sg')] })),
  update('admin_state_up', 'ports', 'vm2', { admin_state_up: false }),
  update('the description of a group', 'security-groups', 'sg', { description: 'changed' }),
  remove('security-group-rules', 'rule1'),
  { title: 'PUT add_addresses', change: (id) => ({ method: 'PUT', path: `/v2.0/address-groups/${id('admitted')}/add_addresses`, body: { addresses: ['198.51.100.0/24'] } }) },
  update('the MTU', 'networks', 'net', { mtu: 1400 }),
  update('a name', 'networks', 'net', { name: 'renamed' }),
  update('name servers', 'subnets', 'v4', { dns_nameservers: ['192.0.2.54'] }),
  ask('update_device_down: Newton to Wallaby', 'update_device_down', '1.0', (id) => ({ device: tap(id('vm1')), ...lb('compute-1') })),
  ask('update_device_down: Xena to Zed, on a host where it is not bound', 'update_device_down', '1.9', (id) => ({ device: tap(id('vm2')), ...lb('compute-1') })),
  { title: 'POST /v2.0/ports/vm1/bindings: where it is going', change: (id) => ({ method: 'POST', path: `/v2.0/ports/${id('vm1')}/bindings`, body: { binding: { host: 'compute-2' } } }) },
  { title: 'PUT /v2.0/ports/vm1/bindings: it is there', change: (id) => ({ method: 'PUT', path: `/v2.0/ports/${id('vm1')}/bindings/compute-2/activate` }) },
  update('to another host', 'ports', 'vm2', { 'binding:host_id': 'compute-1' }),
  remove('ports', 'vm2'),
  remove('ports', 'vm1'),
  remove('ports', 'open'),
  remove('ports', 'unbound'),
  remove('security-groups', 'sg'),
  remove('address-groups', 'admitted'),
  remove('subnets', 'v6'),
  remove('subnets', 'static'),
  remove('subnets', 'v4'),
  remove('networks', 'net'),
];

const listened: Conversation['listened'] = [
  ...(['port', 'network'] as const).flatMap((resource) => (['update', 'delete'] as const).map((operation) => [notifierTopic(resource, operation), 'compute-1'] as const)),
  [notifierTopic('security_group', 'update'), 'compute-1'],
  [notifierTopic('binding', 'activate'), 'compute-1'],
  [notifierTopic('binding', 'deactivate'), 'compute-1'],
  [notifierTopic('tunnel', 'update'), 'compute-1'],
  [topics.dhcpAgent, 'compute-1'],
  ...Object.entries(zedVersions).map(([type, version]) => [`neutron-vo-${type}-${version}`, 'compute-1'] as const),
];

export const conversation: Conversation = { acts: [...agentsReport, ...objects, ...linuxBridgeAgent, ...dhcpAgent, ...metadataAgent, ...objectPulls, ...changes], listened, livingAgents };
