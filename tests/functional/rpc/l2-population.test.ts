import type { Json, JsonObject } from '@neutrino/lib/json';
import { notifierTopic, topics } from '@neutrino/lib/rpc/topics';
import { listAll, type ResourceHandler } from '@neutrino/server/api/resource-handler';
import { DatabaseUnavailable } from '@neutrino/server/db/errors';
import { l2Population } from '@neutrino/server/rpc/notifiers/l2-population/l2-population';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, report, reportAgents, runningServer, tap, type RunningServer, type ServerSettings } from './running-server.ts';

const tunnelEnds: Readonly<Record<string, string>> = { h1: '192.0.2.1', h2: '192.0.2.2', h3: '192.0.2.3' };
const flood = ['00:00:00:00:00:00', '0.0.0.0'];

type Heard = readonly [host: string, method: string, entries: JsonObject];

let server: RunningServer;
let heard: Heard[];
let network: JsonObject;
/** A port on another network, at a host that hears nothing: once its newest address has been told, so has all that was to be told before. */
let mark: JsonObject;
let marks: Set<string>;
let lastMark: number;
beforeEach(() => begin({ populatesTunnels: true, routes: true }));
afterEach(() => server[Symbol.asyncDispose]());

async function begin(settings: ServerSettings): Promise<void> {
  server = await runningServer(settings);
  heard = [];
  marks = new Set();
  lastMark = 0;
  await reportAgents(server, 'h0', { configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.100' } });
  const { network: other } = await networkWithSubnet(server, 'p1', '10.1.0.0/16');
  mark = await instancePort(server, other, { 'binding:host_id': 'h0' });
  await wire(mark, 'h0');
  for (const [host, tunneling_ip] of Object.entries(tunnelEnds)) {
    await reportAgents(server, host, { configurations: { tunnel_types: ['vxlan'], tunneling_ip } });
    const hear = (method: string) => (_context: unknown, { fdb_entries }: JsonObject): undefined => {
      const { [idOf(other)]: _ofMark, ...entries } = fdb_entries as JsonObject;
      const change = (entries['chg_ip'] as JsonObject | undefined)?.[idOf(other)];
      if (change !== undefined) marks.add(`${host} ${String((change as Readonly<Record<string, { readonly after: readonly (readonly string[])[] }>>)['192.0.2.100']?.after[0]?.[1])}`);
      else if (Object.keys(entries).length > 0) heard.push([host, method, entries]);
    };
    const methods = Object.fromEntries(['add_fdb_entries', 'remove_fdb_entries', 'update_fdb_entries'].map((method) => [method, hear(method)]));
    await server.connect().listen({ topic: notifierTopic('l2population', 'update'), server: host, endpoints: [{ version: '1.5', methods }] });
  }
  ({ network } = await networkWithSubnet(server, 'p1'));
}

async function wiredPort(host: string): Promise<JsonObject> {
  const port = await instancePort(server, network, { 'binding:host_id': host });
  await wire(port, host);
  return port;
}

async function wire(port: JsonObject, host: string, more: JsonObject = {}): Promise<void> {
  await server.call('get_device_details', { device: tap(port), host });
  await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] });
  await server.call('update_device_list', { devices_up: [tap(port)], devices_down: [], host, ...more });
  await eventually(async () => (await server.core.ports.get(admin, idOf(port)))['status'] === 'ACTIVE');
}

const entry = (port: JsonObject): readonly string[] => [String(port['mac_address']), String((port['fixed_ips'] as readonly JsonObject[])[0]?.['ip_address'])];
const forwarding = (ports: JsonObject): JsonObject => ({
  [idOf(network)]: { segment_id: network['provider:segmentation_id'] ?? null, network_type: 'vxlan', ports },
});
/** What a host has been told since this was last asked: all that was to be told until now, and no more. */
async function toldTo(host: string): Promise<readonly (readonly [string, JsonObject])[]> {
  const address = `10.1.7.${String(++lastMark)}`;
  const [{ subnet_id }] = mark['fixed_ips'] as readonly [JsonObject];
  await server.core.ports.update?.(admin, idOf(mark), { fixed_ips: [{ subnet_id: subnet_id ?? null, ip_address: address }] });
  // What is told is told in order.
  await eventually(() => marks.has(`${host} ${address}`));
  const told = heard.filter(([name]) => name === host).map(([, method, entries]) => [method, entries] as const);
  heard = heard.filter(([name]) => name !== host);
  return told;
}

test('a host’s first port brings it the whole network, and others its port; the last one takes it from them', async () => {
  const first = await wiredPort('h1');
  expect(await toldTo('h1')).toEqual([['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]]);
  expect(await toldTo('h2')).toEqual([['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]]);
  const second = await wiredPort('h2');
  expect(await toldTo('h2')).toEqual([
    ['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })], ['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(second)] })],
  ]);
  const third = await wiredPort('h2');
  await toldTo('h1');
  await server.core.ports.delete?.(admin, idOf(second));
  expect(await toldTo('h1')).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [entry(second)] })]]);
  await server.call('update_device_list', { devices_up: [], devices_down: [tap(third)], host: 'h2' });
  expect(await toldTo('h1')).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(third)] })]]);
  await server.core.ports.delete?.(admin, idOf(third));
  expect(await toldTo('h1')).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(third)] })]]);
});

test('an agent that asks for it is told all again; one that only reports is not', async () => {
  const first = await wiredPort('h1');
  const ports = [await wiredPort('h2'), await wiredPort('h2'), await wiredPort('h2'), await wiredPort('h2')];
  const [one, , , last] = ports as [JsonObject, JsonObject, JsonObject, JsonObject];
  // How many messages these are depends on how quickly they follow one another.
  expect(JSON.stringify(await toldTo('h2'))).toContain(String(last['mac_address']));
  await wire(one, 'h2');
  expect((await toldTo('h2')).map(([, entries]) => Object.keys((entries[idOf(network)] as JsonObject)['ports'] as JsonObject))).toEqual([['192.0.2.2']]);
  await server.call('update_device_list', { devices_up: [tap(one)], devices_down: [], host: 'h2', refresh_tunnels: true });
  expect((await toldTo('h2'))[0]).toEqual(['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]);
});

test('another address of a port is told as such', async () => {
  const port = await wiredPort('h1');
  await toldTo('h3');
  const [before] = [entry(port)];
  const [{ subnet_id }] = port['fixed_ips'] as readonly [JsonObject];
  const changed = (await server.core.ports.update?.(admin, idOf(port), { fixed_ips: [{ subnet_id: subnet_id ?? null, ip_address: '10.0.0.77' }] })) ?? {};
  expect(entry(changed)[1]).not.toBe(before[1]);
  expect(await toldTo('h3')).toEqual([['update_fdb_entries', { chg_ip: { [idOf(network)]: { '192.0.2.1': { before: [before], after: [entry(changed)] } } } }]]);
});

test('a port that moves is taken from the old host at once, and is at the new one when that has it wired', async () => {
  const port = await wiredPort('h1');
  await toldTo('h3');
  await server.core.bindings.create(admin, idOf(port), { host: 'h2' });
  await server.core.bindings.activate(admin, idOf(port), 'h2');
  expect(await toldTo('h3')).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(port)] })]]);
  await wire(port, 'h2');
  expect(await toldTo('h3')).toEqual([['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(port)] })]]);
});

test('nothing is told of a network that is no tunnel, nor of a host without an end of one', async () => {
  await reportAgents(server, 'h4', { configurations: { tunnel_types: ['vxlan'] } });
  await wiredPort('h4');
  await wiredPort('h1');
  expect((await toldTo('h3')).map(([method]) => method)).toEqual(['add_fdb_entries']);
});

test('who may have missed something asks for all that is behind the tunnels of networks; a port that its agent looks at anew is still there', async () => {
  const first = await wiredPort('h1');
  const second = await wiredPort('h2');
  const all = (host: string): Promise<unknown> => server.call('get_forwarding_entries_ignore_errors', { host, networks: [idOf(network), crypto.randomUUID()] });
  expect(await all('h2')).toEqual(forwarding({ '192.0.2.1': [flood, entry(first)] }));
  expect(await all('h3')).toEqual(forwarding({ '192.0.2.1': [flood, entry(first)], '192.0.2.2': [flood, entry(second)] }));
  await server.call('get_device_details', { device: tap(first), host: 'h1' });
  expect(await all('h2')).toEqual(forwarding({ '192.0.2.1': [flood, entry(first)] }));
  await server.core.ports.delete?.(admin, idOf(first));
  expect(await all('h2')).toEqual({});
});

test('what happens while the database is away is told when it is back, in its order', async () => {
  await server[Symbol.asyncDispose]();
  await begin({});
  let isAway = false;
  const db = server.db.withPlugin({
    transformQuery({ node }) {
      if (isAway) throw new DatabaseUnavailable('away');
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  await using population = l2Population({ db, transport: server.connect(), directory: server.agents.directory, log: pino({ level: 'silent' }) });
  server.callbacks.subscribe(population.subscriber);
  const port = await wiredPort('h1');
  await toldTo('h3');
  isAway = true;
  await server.core.ports.delete?.(admin, idOf(port));
  const next = await wiredPort('h2');
  isAway = false;
  expect(await toldTo('h3')).toEqual([
    ['remove_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(port)] })], ['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(next)] })],
  ]);
});

describe('a highly available router', () => {
  const l3 = (method: string, args: JsonObject): Promise<Json> => server.connect().call({}, { topic: topics.l3Plugin, version: '1.0' }, method, args);
  const all = async (host: string): Promise<JsonObject> => ((await server.call('get_forwarding_entries_ignore_errors', { host, networks: [idOf(network)] })) as JsonObject)[idOf(network)] as JsonObject;
  let routers: ResourceHandler;
  let routerId: string;
  /** Its interface on the network, wired by both of its hosts; active on h1. */
  let port: JsonObject;
  let guest: JsonObject;
  beforeEach(async () => {
    for (const host of ['h1', 'h2']) await report(server, { agent_type: 'L3 agent', binary: 'neutron-l3-agent', topic: topics.l3Agent, host, availability_zone: 'nova', configurations: { agent_mode: 'legacy' } });
    if (server.routing === undefined) throw new Error('there are no routers');
    routers = server.routing.l3.routers;
    guest = await wiredPort('h3');
    const [router] = (await routers.create?.(admin, [{ name: 'r', project_id: 'p1', tenant_id: 'p1', admin_state_up: true, ha: true }])) ?? [];
    routerId = idOf(router);
    const [subnet] = await server.core.subnets.list(admin, { ...listAll, filters: { network_id: [idOf(network)] } });
    const attached = (await routers.actions?.['add_router_interface']?.(admin, routerId, { subnet_id: idOf(subnet) })) as JsonObject | undefined;
    await eventually(async () => (await server.routing?.l3.ha.copies([routerId]))?.length === 2);
    await l3('update_ha_routers_states', { host: 'h1', states: { [routerId]: 'active' } });
    port = await server.core.ports.get(admin, String(attached?.['port_id']));
    await wire(port, 'h1');
    await server.call('update_device_list', { devices_up: [tap(port)], devices_down: [], host: 'h2' });
    await eventually(() => heard.some(([host, method, entries]) => host === 'h2' && method === 'add_fdb_entries' && JSON.stringify(entries).includes(String(guest['mac_address'])) && JSON.stringify(entries).includes('192.0.2.1')));
  });

  test('is at each of its hosts, of which none is said to have its addresses', async () => {
    const travelling = [entry(port)];
    const of = (ports: JsonObject): JsonObject => ({ ...(forwarding(ports)[idOf(network)] as JsonObject), travelling });
    expect(await all('h3')).toEqual(of({ '192.0.2.1': [flood], '192.0.2.2': [flood] }));
    expect(await all('h2')).toEqual(of({ '192.0.2.1': [flood], '192.0.2.3': [flood, entry(guest)] }));
    // And so it was told.
    const told = (): readonly JsonObject[] => heard.filter(([host]) => host === 'h3').map(([, , entries]) => ((entries[idOf(network)] ?? {}) as JsonObject)['ports'] as JsonObject);
    await eventually(() => ['192.0.2.1', '192.0.2.2'].every((end) => told().some((ports) => end in ports)));
    expect(JSON.stringify(told())).not.toContain(String(port['mac_address']));
  });

  test('that goes from one host to another leaves everything as it is told, and does so for good when it is removed', async () => {
    heard = [];
    await l3('update_ha_routers_states', { host: 'h2', states: { [routerId]: 'active' } });
    await l3('update_ha_routers_states', { host: 'h1', states: { [routerId]: 'standby' } });
    await wire(port, 'h2');
    const last = await wiredPort('h3');
    // What is told is told in order.
    await eventually(() => heard.some(([host, , entries]) => host === 'h1' && JSON.stringify(entries).includes(String(last['mac_address']))));
    expect(heard.filter(([, method]) => method !== 'add_fdb_entries')).toEqual([]);
    expect(heard.flatMap(([, , entries]) => Object.values(((entries[idOf(network)] ?? {}) as JsonObject)['ports'] as JsonObject)).flat(2)).not.toContain(port['mac_address']);
    heard = [];
    await routers.actions?.['remove_router_interface']?.(admin, routerId, { port_id: idOf(port) });
    await eventually(() => heard.some(([host, method]) => host === 'h3' && method === 'remove_fdb_entries'));
    const removed = heard.find(([host, method]) => host === 'h3' && method === 'remove_fdb_entries')?.[2];
    expect(removed).toEqual({ [idOf(network)]: { ...(forwarding({ '192.0.2.1': [flood], '192.0.2.2': [flood] })[idOf(network)] as JsonObject), travelling: [entry(port)] } });
    expect(await all('h1')).not.toHaveProperty('travelling');
  });

  test('that is taken from an agent is not sent to there any more', async () => {
    heard = [];
    const [agent] = (await server.routing?.l3.ha.copies([routerId]))?.filter(({ host }) => host === 'h2') ?? [];
    await server.routing?.l3.ha.unbind(routerId, agent?.agentId ?? '');
    await eventually(() => JSON.stringify(heard.filter(([host, method]) => host === 'h3' && method === 'remove_fdb_entries')).includes(idOf(network)));
    const removed = heard.filter(([host, method, entries]) => host === 'h3' && method === 'remove_fdb_entries' && idOf(network) in entries).map(([, , entries]) => entries[idOf(network)]);
    expect(removed).toEqual([forwarding({ '192.0.2.2': [flood] })[idOf(network)]]);
    expect(await all('h3')).toMatchObject({ ports: { '192.0.2.1': [flood] } });
  });
});
