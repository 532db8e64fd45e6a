import type { Json, JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { databaseTime } from '@neutrino/server/db/database-time';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { shortCalls } from '../../support/short-calls.ts';

let server: NetworkServer;
let heard: string[];
const { outcome, object, list, create } = shortCalls(() => server);

beforeEach(async () => {
  server = await networkServer('service_plugins = router\nmax_l3_agents_per_router = 2\n[ml2]\nmechanism_drivers = linuxbridge\ntype_drivers = flat,vxlan\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
  heard = [];
});
afterEach(async () => {
  const { errors } = server;
  await server[Symbol.asyncDispose]();
  if (errors.length > 0) throw new Error(errors.join('\n'));
});

const asked = (topic: string, method: string, args: JsonObject): Promise<Json> => server.connect().call({}, { topic, version: '1.0' }, method, args);
const l3 = (method: string, args: JsonObject): Promise<Json> => asked(topics.l3Plugin, method, args);

async function reported(state: JsonObject): Promise<void> {
  await asked(topics.reports, 'report_state', { agent_state: { agent_state: { start_flag: true, availability_zone: 'nova', ...state } }, time: new Date().toISOString() });
}
/** A host with an L3 agent that reports and listens, and a layer 2 agent that says what it is told to. */
async function host(name: string, zone = 'nova'): Promise<string> {
  await reported({ binary: 'neutron-linuxbridge-agent', host: name, topic: 'N/A', agent_type: 'Linux bridge agent', configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1' } });
  const hear = (method: string) => [method, (_context: unknown, args: JsonObject): null => { heard.push(`${name} ${method} ${JSON.stringify(args)}`); return null; }] as const;
  await server.connect().listen({ topic: topics.l3Agent, server: name, endpoints: [{ version: '1.2', methods: Object.fromEntries(['routers_updated', 'router_added_to_agent', 'router_removed_from_agent'].map(hear)) }] });
  await reported({ binary: 'neutron-l3-agent', host: name, topic: topics.l3Agent, agent_type: 'L3 agent', availability_zone: zone, configurations: { agent_mode: 'legacy' } });
  const [agent] = await list(admin, `/v2.0/agents?host=${name}&agent_type=L3%20agent`);
  return String(agent?.['id']);
}
const synchronised = async (name: string): Promise<readonly JsonObject[]> => (await l3('sync_routers', { host: name, router_ids: [] })) as readonly JsonObject[];
const haRouter = (attributes: JsonObject = {}): Promise<string> => create(admin, 'router', { ha: true, project_id: alice.project, ...attributes });
const statesOf = async (router: string): Promise<Json> => Object.fromEntries((await list(admin, `/v2.0/routers/${router}/l3-agents`)).map(({ host: name, ha_state: state }) => [String(name), state ?? null]));
const haNetworks = (who = admin): Promise<readonly JsonObject[]> => list(who, `/v2.0/networks?name=${encodeURIComponent(`HA network tenant ${alice.project}`)}`);
const haPorts = (who = admin): Promise<readonly JsonObject[]> => list(who, '/v2.0/ports?device_owner=network:router_ha_interface');
async function inside(router: string): Promise<{ readonly network: string; readonly port: string }> {
  const network = await create(alice, 'network', {});
  const subnet = await create(alice, 'subnet', { network_id: network, cidr: '10.0.0.0/24', ip_version: 4 });
  const { port_id: port } = (await server.request(alice, 'PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet })).body;
  return { network, port: String(port) };
}
const hostOf = async (port: string): Promise<unknown> => (await object(admin, 'GET', `/v2.0/ports/${port}`))['binding:host_id'];

describe('a highly available router', () => {
  test('is asked for by administrators, who alone see that it is one', async () => {
    expect(await outcome(alice, 'POST', '/v2.0/routers', { router: { ha: true } })).toBe('403 PolicyNotAuthorized');
    const id = await haRouter();
    expect(await object(admin, 'GET', `/v2.0/routers/${id}`)).toMatchObject({ ha: true, status: 'ACTIVE' });
    expect(await object(alice, 'GET', `/v2.0/routers/${id}`)).not.toHaveProperty('ha');
    expect(await object(admin, 'GET', `/v2.0/routers/${await create(admin, 'router', {})}`)).toMatchObject({ ha: false });
    expect(await outcome(admin, 'POST', '/v2.0/routers', { router: { ha: 'perhaps' } })).toMatch(/^400/);
  });

  test('has the gateways of its subnets as any router has them, the anycast address of IPv6 among them, which nobody takes from it', async () => {
    const router = await haRouter();
    const network = await create(alice, 'network', {});
    for (const [cidr, gateway, more] of [['10.0.0.0/24', '10.0.0.1', { ip_version: 4 }], ['fd00:1::/64', 'fd00:1::', { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }]] as const) {
      const subnet = await create(alice, 'subnet', { network_id: network, cidr, ...more });
      const { port_id: port } = (await server.request(alice, 'PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet })).body;
      expect(await object(alice, 'GET', `/v2.0/ports/${String(port)}`)).toMatchObject({ fixed_ips: [{ subnet_id: subnet, ip_address: gateway }] });
      expect(await outcome(alice, 'PUT', `/v2.0/subnets/${subnet}`, { subnet: { gateway_ip: null } })).toBe('409 GatewayIpInUse');
    }
  });

  test('is the usual kind where the operator says so', async () => {
    await server[Symbol.asyncDispose]();
    server = await networkServer('service_plugins = router\nl3_ha = true\n');
    const id = await create(alice, 'router', {});
    expect(await object(admin, 'GET', `/v2.0/routers/${id}`)).toMatchObject({ ha: true });
    expect(await object(admin, 'GET', `/v2.0/routers/${await create(admin, 'router', { ha: false })}`)).toMatchObject({ ha: false });
  });

  test('has a network of its project that the project does not see, and which goes with the last of its routers', async () => {
    await host('net-1');
    const [one, two] = [await haRouter(), await haRouter()];
    const [network, ...others] = await haNetworks();
    expect(others).toEqual([]);
    expect(network).toMatchObject({ project_id: '', shared: false, admin_state_up: true });
    expect(await list(admin, `/v2.0/subnets?network_id=${String(network?.['id'])}`)).toMatchObject([{ name: `HA subnet tenant ${alice.project}`, cidr: '169.254.192.0/18', gateway_ip: null, enable_dhcp: false, project_id: '' }]);
    expect(await haPorts()).toMatchObject([1, 2].map(() => ({ name: `HA port tenant ${alice.project}`, project_id: '', 'binding:host_id': 'net-1', 'binding:vif_type': 'bridge' })));
    for (const who of [alice, bob]) {
      expect([await haNetworks(who), await haPorts(who)]).toEqual([[], []]);
      expect(await outcome(who, 'GET', `/v2.0/networks/${String(network?.['id'])}`)).toBe('404 NetworkNotFound');
      expect(await outcome(who, 'POST', '/v2.0/ports', { port: { network_id: network?.['id'] ?? '' } })).toBe('404 NetworkNotFound');
    }
    const [port] = await haPorts();
    expect(await outcome(admin, 'DELETE', `/v2.0/ports/${String(port?.['id'])}`)).toBe('409 ServicePortInUse');
    expect(await outcome(alice, 'DELETE', `/v2.0/routers/${one}`)).toBe('204');
    expect(await haNetworks()).toHaveLength(1);
    expect(await outcome(alice, 'DELETE', `/v2.0/routers/${two}`)).toBe('204');
    expect([await haNetworks(), await haPorts()]).toEqual([[], []]);
  });

  test('many at once have one network, and numbers of their own', async () => {
    await host('net-1');
    const ids = await Promise.all(Array.from({ length: 8 }, () => haRouter()));
    expect(await haNetworks()).toHaveLength(1);
    await l3('get_router_ids', { host: 'net-1' });
    const numbers = (await synchronised('net-1')).map(({ ha_vr_id: number }) => Number(number));
    expect(numbers).toHaveLength(ids.length);
    expect(new Set(numbers).size).toBe(ids.length);
    expect(numbers.every((number) => number >= 1 && number <= 254)).toBe(true);
  });

  test('is at as many agents as it may have, and at those that come as long as it has fewer', async () => {
    const first = await host('net-1');
    const id = await haRouter();
    expect(await statesOf(id)).toEqual({ 'net-1': 'standby' });
    await host('net-2');
    expect(await l3('get_router_ids', { host: 'net-2' })).toEqual([id]);
    const third = await host('net-3');
    expect(await l3('get_router_ids', { host: 'net-3' })).toEqual([]);
    expect(await haPorts()).toHaveLength(2);
    expect(await outcome(admin, 'POST', `/v2.0/agents/${third}/l3-routers`, { router_id: id })).toBe('201');
    expect(await statesOf(id)).toEqual({ 'net-1': 'standby', 'net-2': 'standby', 'net-3': 'standby' });
    expect(await outcome(admin, 'DELETE', `/v2.0/agents/${first}/l3-routers/${id}`)).toBe('204');
    expect(await statesOf(id)).toEqual({ 'net-2': 'standby', 'net-3': 'standby' });
    expect((await haPorts()).map((port) => port['binding:host_id']).toSorted()).toEqual(['net-2', 'net-3']);
    expect(await object(alice, 'GET', `/v2.0/routers/${id}`)).toMatchObject({ availability_zones: ['nova'] });
    await object(admin, 'DELETE', `/v2.0/agents/${third}`).catch(() => undefined);
    await expect.poll(async () => (await haPorts()).map((port) => port['binding:host_id'])).toEqual(['net-2']);
  });

  test('is told to each of its agents with the port of that agent', async () => {
    for (const name of ['net-1', 'net-2', 'net-3']) await host(name);
    const id = await haRouter();
    const { port } = await inside(id);
    const hosts = Object.keys((await statesOf(id)) as JsonObject);
    expect(hosts).toHaveLength(2);
    const told = [];
    for (const name of hosts) {
      const [router] = await synchronised(name);
      expect(router).toMatchObject({
        id, ha: true, _ha_state: 'standby',
        _ha_interface: { 'binding:host_id': name, device_id: id, mtu: 1450, fixed_ips: [{ prefixlen: 18 }], subnets: [{ cidr: '169.254.192.0/18' }] },
        _interfaces: [{ id: port, device_owner: 'network:ha_router_replicated_interface' }],
      });
      told.push(router);
    }
    expect(new Set(told.map((router) => router?.['ha_vr_id'])).size).toBe(1);
    for (const name of ['net-1', 'net-2', 'net-3']) expect(await l3('get_host_ha_router_count', { host: name })).toBe(hosts.includes(name) ? 1 : 0);
  });

  test('has its ports where it is active, whoever says what in whichever order', async () => {
    for (const name of ['net-1', 'net-2']) await host(name);
    const id = await haRouter();
    const { port } = await inside(id);
    const report = (name: string, state: string): Promise<Json> => l3('update_ha_routers_states', { host: name, states: { [id]: state } });
    await report('net-2', 'active');
    expect([await statesOf(id), await hostOf(port)]).toEqual([{ 'net-1': 'standby', 'net-2': 'active' }, 'net-2']);
    await synchronised('net-1');
    expect(await hostOf(port)).toBe('net-2');
    await report('net-1', 'active');
    await report('net-2', 'standby');
    expect([await statesOf(id), await hostOf(port)]).toEqual([{ 'net-1': 'active', 'net-2': 'standby' }, 'net-1']);
    // Active for a moment only.
    await report('net-2', 'active');
    await report('net-2', 'standby');
    expect(await hostOf(port)).toBe('net-1');
    // Nonsense and routers of others are nobody's business.
    await l3('update_ha_routers_states', { host: 'net-9', states: { [id]: 'active', [crypto.randomUUID()]: 'active' } });
    await report('net-2', 'master');
    expect([await statesOf(id), await hostOf(port)]).toEqual([{ 'net-1': 'active', 'net-2': 'standby' }, 'net-1']);
  });

  test('is not said to be active at an agent that is not heard, and nobody knows where none is', async () => {
    for (const name of ['net-1', 'net-2']) await host(name);
    const id = await haRouter();
    await l3('update_ha_routers_states', { host: 'net-1', states: { [id]: 'active' } });
    const lost = async (name: string): Promise<void> => {
      await server.db.updateTable('agents').set({ heartbeat_timestamp: databaseTime(new Date(Date.now() - 3600_000)) }).where('host', '=', name).execute();
      await new Promise((resolve) => setTimeout(resolve, 1_100));
    };
    await lost('net-1');
    expect(await statesOf(id)).toEqual({ 'net-1': 'standby', 'net-2': 'standby' });
    await lost('net-2');
    expect(await statesOf(id)).toEqual({ 'net-1': 'unknown', 'net-2': 'standby' });
  });

  test('becomes one, and none again, while it is switched off', async () => {
    for (const name of ['net-1', 'net-2']) await host(name);
    const id = await create(alice, 'router', {});
    const { port } = await inside(id);
    const ownerOf = async (): Promise<unknown> => (await object(admin, 'GET', `/v2.0/ports/${port}`))['device_owner'];
    const put = (attributes: JsonObject): Promise<string> => outcome(admin, 'PUT', `/v2.0/routers/${id}`, { router: attributes });
    const refused = await server.request(admin, 'PUT', `/v2.0/routers/${id}`, { router: { ha: true } });
    expect(refused.body['NeutronError']).toMatchObject({ type: 'BadRequest', message: 'Bad router request: Cannot change HA attribute of active routers. Please set router admin_state_up to False prior to upgrade.' });
    expect(await put({ ha: false })).toBe('200');
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { ha: true } })).toBe('403 PolicyNotAuthorized');
    expect(Object.values((await statesOf(id)) as JsonObject)).toEqual([null]);
    expect(await put({ ha: true, admin_state_up: false })).toBe('200');
    expect(await ownerOf()).toBe('network:ha_router_replicated_interface');
    expect(await statesOf(id)).toEqual({ 'net-1': 'standby', 'net-2': 'standby' });
    expect(await put({ admin_state_up: true })).toBe('200');
    expect(await synchronised('net-2')).toMatchObject([{ id, ha: true }]);
    expect(await put({ ha: false })).toBe('400 BadRequest');
    heard.length = 0;
    expect(await put({ ha: false, admin_state_up: false })).toBe('200');
    expect(await ownerOf()).toBe('network:router_interface');
    expect(Object.keys((await statesOf(id)) as JsonObject)).toHaveLength(1);
    expect([await haNetworks(), await haPorts()]).toEqual([[], []]);
    await expect.poll(() => heard.filter((line) => line.includes('router_removed_from_agent')).map((line) => line.slice(0, 5)).toSorted()).toEqual(['net-1', 'net-2']);
  });

  test('has floating IPs, and a gateway that follows it', async () => {
    for (const name of ['net-1', 'net-2']) await host(name);
    const external = await create(admin, 'network', { 'router:external': true });
    await create(admin, 'subnet', { network_id: external, cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false });
    const id = await haRouter({ external_gateway_info: { network_id: external } });
    const { network } = await inside(id);
    const port = await create(alice, 'port', { network_id: network });
    const floating = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
    expect(await object(alice, 'GET', `/v2.0/floatingips/${floating}`)).toMatchObject({ router_id: id });
    await l3('update_ha_routers_states', { host: 'net-2', states: { [id]: 'active' } });
    const [gateway] = await list(admin, '/v2.0/ports?device_owner=network:router_gateway');
    expect(gateway).toMatchObject({ 'binding:host_id': 'net-2' });
    for (const name of ['net-1', 'net-2']) expect(await synchronised(name)).toMatchObject([{ gw_port: { 'binding:host_id': 'net-2' }, _floatingips: [{ id: floating }] }]);
  });

  test('speaks as soon as its port is wired, and has it wired again when its agent asks for that', async () => {
    await host('net-1');
    const id = await haRouter();
    const [port] = await haPorts();
    const device = `tap${String(port?.['id']).slice(0, 11)}`;
    const wire = async (): Promise<void> => {
      await asked(topics.plugin, 'get_devices_details_list', { devices: [device], agent_id: 'lb', host: 'net-1' });
      await asked(topics.plugin, 'update_device_up', { device, agent_id: 'lb', host: 'net-1' });
    };
    const status = async (): Promise<unknown> => (await haPorts())[0]?.['status'];
    heard.length = 0;
    await wire();
    expect(await status()).toBe('ACTIVE');
    await expect.poll(() => heard).toContain(`net-1 routers_updated {"routers":["${id}"]}`);
    const told: unknown[] = [];
    await server.connect().listen({ topic: 'q-agent-notifier-port-update', server: 'net-1', endpoints: [{ version: '1.4', methods: { port_update: (_context, args) => { told.push((args['port'] as JsonObject)['id']); return null; } } }] });
    await l3('update_all_ha_network_port_statuses', { host: 'net-2' });
    expect(await status()).toBe('ACTIVE');
    await l3('update_all_ha_network_port_statuses', { host: 'net-1' });
    expect(await status()).toBe('DOWN');
    await expect.poll(() => told).toEqual([port?.['id']]);
    await wire();
    expect(await status()).toBe('ACTIVE');
  });
});

test('the network of such routers can be of a kind that the operator chooses, and a router that cannot have it is not made', async () => {
  await server[Symbol.asyncDispose]();
  server = await networkServer('service_plugins = router\nl3_ha_network_type = vlan\nl3_ha_network_physical_name = physnet1\nl3_ha_net_cidr = 169.254.64.0/24\n[ml2]\ntype_drivers = flat,vlan,vxlan\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n[ml2_type_vlan]\nnetwork_vlan_ranges = physnet1:100:100\n');
  await haRouter();
  const [network] = await haNetworks();
  expect(network).toMatchObject({ 'provider:network_type': 'vlan', 'provider:physical_network': 'physnet1', 'provider:segmentation_id': 100 });
  expect(await list(admin, `/v2.0/subnets?network_id=${String(network?.['id'])}`)).toMatchObject([{ cidr: '169.254.64.0/24' }]);
  expect(await outcome(admin, 'POST', '/v2.0/routers', { router: { ha: true, project_id: bob.project } })).toBe('503 NoNetworkAvailable');
  expect(await list(admin, `/v2.0/routers?project_id=${bob.project}`)).toEqual([]);
});
