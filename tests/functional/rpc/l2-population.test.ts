import type { JsonObject } from '@neutrino/lib/json';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import { DatabaseUnavailable } from '@neutrino/server/db/errors';
import { l2Population } from '@neutrino/server/rpc/notifiers/l2-population/l2-population';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, reportAgents, runningServer, tap, type RunningServer, type ServerSettings } from './running-server.ts';

const tunnelEnds: Readonly<Record<string, string>> = { h1: '192.0.2.1', h2: '192.0.2.2', h3: '192.0.2.3' };
const flood = ['00:00:00:00:00:00', '0.0.0.0'];

type Heard = readonly [host: string, method: string, entries: JsonObject];

let server: RunningServer;
let heard: Heard[];
let network: JsonObject;
beforeEach(() => begin({ populatesTunnels: true }));
afterEach(() => server[Symbol.asyncDispose]());

async function begin(settings: ServerSettings): Promise<void> {
  server = await runningServer(settings);
  heard = [];
  for (const [host, tunneling_ip] of Object.entries(tunnelEnds)) {
    await reportAgents(server, host, { configurations: { tunnel_types: ['vxlan'], tunneling_ip } });
    const hear = (method: string) => (_context: unknown, { fdb_entries }: JsonObject) => void heard.push([host, method, fdb_entries as JsonObject]);
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
/** What a host has been told since, once it is as many messages. */
async function toldTo(host: string, messages: number): Promise<readonly (readonly [string, JsonObject])[]> {
  const mine = (): Heard[] => heard.filter(([name]) => name === host);
  await eventually(() => mine().length >= messages);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const told = mine().map(([, method, entries]) => [method, entries] as const);
  heard = heard.filter(([name]) => name !== host);
  return told;
}

test('a host’s first port brings it the whole network, and others its port; the last one takes it from them', async () => {
  const first = await wiredPort('h1');
  expect(await toldTo('h1', 1)).toEqual([['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]]);
  expect(await toldTo('h2', 1)).toEqual([['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]]);
  const second = await wiredPort('h2');
  expect(await toldTo('h2', 2)).toEqual([
    ['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })], ['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(second)] })],
  ]);
  const third = await wiredPort('h2');
  await toldTo('h1', 2);
  await server.core.ports.delete?.(admin, idOf(second));
  expect(await toldTo('h1', 1)).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [entry(second)] })]]);
  await server.call('update_device_list', { devices_up: [], devices_down: [tap(third)], host: 'h2' });
  expect(await toldTo('h1', 1)).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(third)] })]]);
  await server.core.ports.delete?.(admin, idOf(third));
  expect(await toldTo('h1', 1)).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(third)] })]]);
});

test('an agent that asks for it is told all again; one that only reports is not', async () => {
  const first = await wiredPort('h1');
  const ports = [await wiredPort('h2'), await wiredPort('h2'), await wiredPort('h2'), await wiredPort('h2')];
  const [one, , , last] = ports as [JsonObject, JsonObject, JsonObject, JsonObject];
  // How many messages these are depends on how quickly they follow one another.
  await eventually(() => JSON.stringify(heard.filter(([host]) => host === 'h2')).includes(String(last['mac_address'])));
  await toldTo('h2', 1);
  await wire(one, 'h2');
  expect((await toldTo('h2', 1)).map(([, entries]) => Object.keys((entries[idOf(network)] as JsonObject)['ports'] as JsonObject))).toEqual([['192.0.2.2']]);
  await server.call('update_device_list', { devices_up: [tap(one)], devices_down: [], host: 'h2', refresh_tunnels: true });
  expect((await toldTo('h2', 2))[0]).toEqual(['add_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(first)] })]);
});

test('another address of a port is told as such', async () => {
  const port = await wiredPort('h1');
  await toldTo('h3', 1);
  const [before] = [entry(port)];
  const [{ subnet_id }] = port['fixed_ips'] as readonly [JsonObject];
  const changed = (await server.core.ports.update?.(admin, idOf(port), { fixed_ips: [{ subnet_id: subnet_id ?? null, ip_address: '10.0.0.77' }] })) ?? {};
  expect(entry(changed)[1]).not.toBe(before[1]);
  expect(await toldTo('h3', 1)).toEqual([['update_fdb_entries', { chg_ip: { [idOf(network)]: { '192.0.2.1': { before: [before], after: [entry(changed)] } } } }]]);
});

test('a port that moves is taken from the old host at once, and is at the new one when that has it wired', async () => {
  const port = await wiredPort('h1');
  await toldTo('h3', 1);
  await server.core.bindings.create(admin, idOf(port), { host: 'h2' });
  await server.core.bindings.activate(admin, idOf(port), 'h2');
  expect(await toldTo('h3', 1)).toEqual([['remove_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(port)] })]]);
  await wire(port, 'h2');
  expect(await toldTo('h3', 1)).toEqual([['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(port)] })]]);
});

test('nothing is told of a network that is no tunnel, nor of a host without an end of one', async () => {
  await reportAgents(server, 'h4', { configurations: { tunnel_types: ['vxlan'] } });
  await wiredPort('h4');
  await wiredPort('h1');
  expect((await toldTo('h3', 1)).map(([method]) => method)).toEqual(['add_fdb_entries']);
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
  await toldTo('h3', 1);
  isAway = true;
  await server.core.ports.delete?.(admin, idOf(port));
  const next = await wiredPort('h2');
  expect(await toldTo('h3', 0)).toEqual([]);
  isAway = false;
  expect(await toldTo('h3', 2)).toEqual([
    ['remove_fdb_entries', forwarding({ '192.0.2.1': [flood, entry(port)] })], ['add_fdb_entries', forwarding({ '192.0.2.2': [flood, entry(next)] })],
  ]);
});
