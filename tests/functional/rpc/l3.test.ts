import type { Json, JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, alice } from '../../support/callers.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { routedNetwork } from '../../support/routed-network.ts';
import { shortCalls } from '../../support/short-calls.ts';

let server: NetworkServer;
/** What the L3 agents of hosts heard: "host method arguments". */
let heard: string[];
const calls = shortCalls(() => server);
const { outcome, object, list, create } = calls;

beforeEach(async () => {
  server = await networkServer('service_plugins = router\n');
  heard = [];
});
afterEach(() => server[Symbol.asyncDispose]());

const asked = (topic: string, method: string, args: JsonObject): Promise<Json> => server.connect().call({}, { topic, version: '1.0' }, method, args);

/** An L3 agent that reports, listens, and leaves the kernel alone. */
async function l3Agent(host: string, configurations: JsonObject = {}): Promise<string> {
  const hear = (method: string) => [method, (_context: unknown, args: JsonObject): null => { heard.push(`${host} ${method} ${JSON.stringify(args)}`); return null; }] as const;
  const methods = Object.fromEntries(['routers_updated', 'router_deleted', 'router_added_to_agent', 'router_removed_from_agent', 'agent_updated'].map(hear));
  await server.connect().listen({ topic: topics.l3Agent, server: host, endpoints: [{ version: '1.2', methods }] });
  const state = { binary: 'neutron-l3-agent', host, topic: topics.l3Agent, agent_type: 'L3 agent', availability_zone: 'nova', start_flag: true, configurations: { agent_mode: 'legacy', handle_internal_only_routers: true, ...configurations } };
  await asked(topics.reports, 'report_state', { agent_state: { agent_state: state }, time: new Date().toISOString() });
  const [agent] = await list(admin, `/v2.0/agents?host=${host}`);
  return String(agent?.['id']);
}
const synchronised = async (host: string, ids: readonly string[] = []): Promise<readonly JsonObject[]> => (await asked(topics.l3Plugin, 'sync_routers', { host, router_ids: ids })) as readonly JsonObject[];
const routersOf = async (agent: string): Promise<readonly unknown[]> => (await list(admin, `/v2.0/agents/${agent}/l3-routers`)).map(({ id }) => id);

describe('an L3 agent', () => {
  test('that starts gets the routers that nobody has, with all that hangs on them', async () => {
    const { external, network, subnet, router } = await routedNetwork(calls);
    const port = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.9' }] });
    const floating = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
    const agent = await l3Agent('net-1');
    expect(await asked(topics.l3Plugin, 'get_router_ids', { host: 'net-1' })).toEqual([router]);
    const [synced, ...others] = await synchronised('net-1');
    expect(others).toEqual([]);
    expect(synced).toMatchObject({
      id: router,
      admin_state_up: true,
      ha: false,
      distributed: false,
      enable_snat: true,
      gw_port: { network_id: external, device_owner: 'network:router_gateway', 'binding:host_id': 'net-1', subnets: [{ cidr: '203.0.113.0/24', gateway_ip: '203.0.113.1' }], extra_subnets: [], mtu: 1500 },
      _interfaces: [{ fixed_ips: [{ subnet_id: subnet, ip_address: '10.0.0.1', prefixlen: 24 }], subnets: [{ id: subnet, cidr: '10.0.0.0/24' }], address_scopes: { 4: null, 6: null } }],
      _floatingips: [{ id: floating, fixed_ip_address: '10.0.0.9', fixed_ip_address_scope: null }],
    });
    expect(await routersOf(agent)).toEqual([router]);
    expect((await list(admin, `/v2.0/routers/${router}/l3-agents`)).map(({ id }) => id)).toEqual([agent]);
    expect(await object(alice, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ availability_zones: ['nova'] });
    expect(await synchronised('elsewhere')).toEqual([]);
  });

  test('is told of all gateways of a router, which are where it is, and of whether their default routes are used together', async () => {
    const { external, router } = await routedNetwork(calls);
    const other = await create(admin, 'network', { 'router:external': true });
    await create(admin, 'subnet', { network_id: other, cidr: '198.51.100.0/24', ip_version: 4, enable_dhcp: false });
    await l3Agent('net-1');
    await asked(topics.l3Plugin, 'get_router_ids', { host: 'net-1' });
    const [one] = await synchronised('net-1');
    expect(one).not.toHaveProperty('extra_gw_ports');
    expect(one).toMatchObject({ enable_default_route_ecmp: false });
    const change = (verb: string, gateways: readonly JsonObject[]): Promise<JsonObject> => object(alice, 'PUT', `/v2.0/routers/${router}/${verb}_external_gateways`, { router: { external_gateways: gateways } });
    heard.length = 0;
    await change('add', [{ network_id: other }, { network_id: external }]);
    await expect.poll(() => heard).toEqual([`net-1 routers_updated {"routers":["${router}"]}`]);
    await object(admin, 'PUT', `/v2.0/routers/${router}`, { router: { enable_default_route_ecmp: true } });
    const [several] = await synchronised('net-1');
    expect(several).toMatchObject({
      enable_default_route_ecmp: true,
      gw_port: { network_id: external },
      extra_gw_ports: [
        { network_id: other, device_owner: 'network:router_gateway', 'binding:host_id': 'net-1', fixed_ips: [{ prefixlen: 24 }], subnets: [{ cidr: '198.51.100.0/24', gateway_ip: '198.51.100.1' }], extra_subnets: [], address_scopes: { 4: null, 6: null }, mtu: 1500 },
        { network_id: external, 'binding:host_id': 'net-1' },
      ],
    });
    await change('update', [{ network_id: other }]);
    expect((await synchronised('net-1'))[0]).toMatchObject({ gw_port: { network_id: other, 'binding:host_id': 'net-1' } });
    expect((await synchronised('net-1'))[0]).not.toHaveProperty('extra_gw_ports');
  });

  test('hears what happens to its routers, and to no others', async () => {
    await l3Agent('net-1');
    const { router, subnet, network, external } = await routedNetwork(calls);
    await expect.poll(() => heard).toEqual([`net-1 routers_updated {"routers":["${router}"]}`, `net-1 routers_updated {"routers":["${router}"]}`]);
    heard.length = 0;
    await create(alice, 'router', {});
    await object(alice, 'PUT', `/v2.0/routers/${router}`, { router: { name: 'new' } });
    const floating = await create(alice, 'floatingip', { floating_network_id: external });
    const port = await create(alice, 'port', { network_id: network });
    await object(alice, 'PUT', `/v2.0/floatingips/${floating}`, { floatingip: { port_id: port } });
    await object(alice, 'PUT', `/v2.0/floatingips/${floating}`, { floatingip: { port_id: null } });
    await object(alice, 'PUT', `/v2.0/subnets/${subnet}`, { subnet: { dns_nameservers: ['192.0.2.53'] } });
    await expect.poll(() => heard).toEqual(Array.from({ length: 4 }, () => `net-1 routers_updated {"routers":["${router}"]}`));
  });

  test('is given routers and relieved of them by hand, one agent a router', async () => {
    const [one, two] = [await l3Agent('net-1'), await l3Agent('net-2')];
    const id = await create(alice, 'router', {});
    const add = (agent: string): Promise<string> => outcome(admin, 'POST', `/v2.0/agents/${agent}/l3-routers`, { router_id: id });
    expect(await add(two)).toBe('201');
    expect(await add(two)).toBe('201');
    expect(await add(one)).toBe('409 RouterHostedByL3Agent');
    expect(await outcome(alice, 'POST', `/v2.0/agents/${one}/l3-routers`, { router_id: id })).toBe('403 PolicyNotAuthorized');
    expect(await outcome(admin, 'DELETE', `/v2.0/agents/${two}/l3-routers/${id}`)).toBe('204');
    await expect.poll(() => heard).toEqual([`net-2 router_added_to_agent {"payload":["${id}"]}`, `net-2 router_removed_from_agent {"payload":{"router_id":"${id}"}}`]);
    await object(admin, 'PUT', `/v2.0/agents/${one}`, { agent: { admin_state_up: false } });
    expect(await add(one)).toBe('404 InvalidL3Agent');
    expect(await outcome(admin, 'POST', `/v2.0/agents/${two}/l3-routers`, { router_id: crypto.randomUUID() })).toBe('404 RouterNotFound');
  });

  test('that is not for routers without a gateway gets none', async () => {
    const agent = await l3Agent('net-1', { handle_internal_only_routers: false });
    await create(alice, 'router', {});
    expect(await asked(topics.l3Plugin, 'get_router_ids', { host: 'net-1' })).toEqual([]);
    const { router } = await routedNetwork(calls);
    expect(await routersOf(agent)).toEqual([router]);
  });

  test('reports which floating IPs it translates, and those that lead nowhere are down', async () => {
    const { external, network, router } = await routedNetwork(calls);
    await l3Agent('net-1');
    const port = await create(alice, 'port', { network_id: network });
    const id = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
    const status = async (): Promise<unknown> => (await object(alice, 'GET', `/v2.0/floatingips/${id}`))['status'];
    await asked(topics.l3Plugin, 'update_floatingip_statuses', { router_id: router, fip_statuses: { [id]: 'ACTIVE', [crypto.randomUUID()]: 'ACTIVE' } });
    expect(await status()).toBe('ACTIVE');
    await object(alice, 'PUT', `/v2.0/floatingips/${id}`, { floatingip: { port_id: null } });
    await asked(topics.l3Plugin, 'update_floatingip_statuses', { router_id: router, fip_statuses: {} });
    expect(await status()).toBe('DOWN');
  });

  test('is told by a revision of each router whether anything about it has changed', async () => {
    await l3Agent('net-1');
    const { router, external, network, subnet } = await routedNetwork(calls);
    const revisions = async (): Promise<JsonObject> => (await asked(topics.l3Plugin, 'get_router_revisions_ignore_errors', { host: 'net-1' })) as JsonObject;
    let port = '';
    let floating = '';
    const changes: readonly (() => Promise<unknown>)[] = [
      () => object(alice, 'PUT', `/v2.0/routers/${router}`, { router: { routes: [{ destination: '192.0.2.0/24', nexthop: '10.0.0.9' }] } }),
      async () => {
        port = await create(alice, 'port', { network_id: network });
        floating = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
      },
      () => object(alice, 'PUT', `/v2.0/floatingips/${floating}`, { floatingip: { port_id: null } }),
      () => object(alice, 'PUT', `/v2.0/subnets/${subnet}`, { subnet: { dns_nameservers: ['192.0.2.53'] } }),
      () => object(alice, 'PUT', `/v2.0/networks/${network}`, { network: { mtu: 1300 } }),
      () => object(alice, 'PUT', `/v2.0/routers/${router}`, { router: { external_gateway_info: {} } }),
    ];
    for (const change of changes) {
      const [synced] = await synchronised('net-1');
      const before = await revisions();
      expect(before).toEqual({ [router]: synced?.['_revision'] });
      expect(await revisions()).toEqual(before);
      await change();
      expect((await revisions())[router]).not.toBe(before[router]);
    }
    await object(alice, 'PUT', `/v2.0/routers/${router}`, { router: { admin_state_up: false } });
    expect(await revisions()).toEqual({});
    // One that nobody was given for want of a server is given to who asks.
    const other = await create(alice, 'router', {});
    expect(Object.keys(await revisions())).toEqual([other]);
  });

  test('that says something of a floating IP too late is not believed; one that begins anew need not know what led nowhere meanwhile', async () => {
    const { external, network, router } = await routedNetwork(calls);
    await l3Agent('net-1');
    const port = await create(alice, 'port', { network_id: network });
    const id = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
    const status = async (): Promise<unknown> => (await object(alice, 'GET', `/v2.0/floatingips/${id}`))['status'];
    const report = (from: string, value: string): Promise<Json> => asked(topics.l3Plugin, 'update_floatingip_statuses', { router_id: from, fip_statuses: { [id]: value } });
    await report(router, 'ACTIVE');
    await report(crypto.randomUUID(), 'DOWN');
    expect(await status()).toBe('ACTIVE');
    await object(alice, 'PUT', `/v2.0/floatingips/${id}`, { floatingip: { port_id: null } });
    await asked(topics.l3Plugin, 'get_router_ids', { host: 'net-1' });
    expect(await status()).toBe('DOWN');
    await report(router, 'ACTIVE');
    expect(await status()).toBe('DOWN');
  });
});
