import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { forwardingTable, type NetworkForwarding } from '@neutrino/agent/l2/forwarding-table';
import type { JsonObject } from '@neutrino/lib/json';
import { changesMethod, changesVersion, type ChangesAnswer } from '@neutrino/lib/rpc/agent-changes';
import { forwardingMethod } from '@neutrino/lib/rpc/forwarding-entries';
import type { Transport } from '@neutrino/lib/rpc/messaging';
import { notifierTopic, topics } from '@neutrino/lib/rpc/topics';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { agentTypes } from '@neutrino/server/agents/agent-views';
import { listAll } from '@neutrino/server/api/resource-handler';
import { upgrade } from '@neutrino/server/db/migrate';
import { openDatabase } from '@neutrino/server/db/open-database';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adversarialTransport, seededRandom, type AdversarialTransport } from '../../support/adversarial-transport.ts';
import { simulatedL2Agent, type SimulatedL2Agent } from '../../support/simulated-l2-agent.ts';
import { admin, eventually, idOf, instancePort, networkWithSubnet, report, runningServer, tap, type RunningServer } from './running-server.ts';

const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
const hosts = ['a', 'b', 'c', 'd'];
const endOf = (host: string): string => `192.0.2.${String(hosts.indexOf(host) + 1)}`;

/** Two servers with one database; what the second one commits it does not live to tell. */
let parts: AsyncDisposableStack;
let broker: Broker;
let server: RunningServer;
let dying: RunningServer;
let network: JsonObject;
beforeEach(async () => {
  parts = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'neutrino-tunnels-'));
  parts.defer(() => rm(directory, { recursive: true, force: true }));
  const database = `sqlite:///${directory}/neutron.sqlite`;
  const { db, dispose } = await openDatabase(database, { info: () => undefined });
  await upgrade(db);
  await dispose();
  broker = parts.use(createBroker());
  const settings = { database, broker, populatesTunnels: true, routes: true };
  server = parts.use(await runningServer(settings));
  dying = parts.use(await runningServer({ ...settings, tellsNobody: true }));
  ({ network } = await networkWithSubnet(server, 'p1'));
});
afterEach(() => parts.disposeAsync());

const agent = (host: string, more: Partial<Parameters<typeof simulatedL2Agent>[0]> = {}): SimulatedL2Agent =>
  parts.use(simulatedL2Agent({ transport: broker.connect(), host, log, reportIntervalMs: 400, localIp: endOf(host), ...more }));
const plugged = async (by: RunningServer, on: SimulatedL2Agent, where: JsonObject = network): Promise<JsonObject> => {
  const port = await instancePort(by, where, { 'binding:host_id': on.host });
  on.plug(tap(port));
  return port;
};

const l3 = (method: string, args: JsonObject): Promise<unknown> => server.connect().call({}, { topic: topics.l3Plugin, version: '1.0' }, method, args);

const reports = (host: string, more: JsonObject = {}): Promise<unknown> =>
  report(server, { agent_type: agentTypes.linuxbridge, binary: 'lb', topic: 'N/A', host, configurations: { tunnel_types: ['vxlan'], tunneling_ip: endOf(host), l2_population: true, ...more } });

/** What an agent that starts now would be told. */
async function fresh(host: string, networkId: string): Promise<NetworkForwarding | undefined> {
  const table = forwardingTable('', () => true);
  table.replace([networkId], await server.call(forwardingMethod, { host, networks: [networkId] }));
  return table.of(networkId);
}

/** Without the order in which it was learnt. */
function asText(known: NetworkForwarding | undefined): string {
  const { flooded = [], ends = [], neighbours = [] } = known ?? {};
  return JSON.stringify({ flooded: [...flooded].toSorted(), ends: [...ends].toSorted(), neighbours: [...neighbours].toSorted() }, null, 1);
}

/** Networks of which the agent has a port that the server gives it. */
function carried(by: SimulatedL2Agent): readonly string[] {
  return [...new Set([...by.state().ports.values()].map(({ details }) => details.network_id))];
}

async function knowsWhatIs(by: SimulatedL2Agent): Promise<void> {
  const differences = async (): Promise<string> => {
    const found = await Promise.all(carried(by).map(async (id) => [asText(by.tunnels?.of(id)), asText(await fresh(by.host, id))] as const));
    return found.filter(([known, wanted]) => known !== wanted).map((pair) => pair.join('\n≠\n')).join('\n');
  };
  await eventually(async () => (await differences()) === '', 30).catch(async () => expect(await differences(), by.host).toBe(''));
}

/** Until each of them has asked what changed, and has been answered, for what is the case now. */
async function haveAsked(...agents: readonly SimulatedL2Agent[]): Promise<void> {
  for (const each of agents) {
    const before = each.counts.questions;
    await eventually(() => each.counts.questions > before + 2);
  }
}

describe('the log of changes', () => {
  const newest = async (): Promise<number> => ((await server.call(changesMethod, { host: 'x', agent_type: agentTypes.linuxbridge, since: null }, changesVersion)) as unknown as ChangesAnswer).revision;
  const named = async (host: string, since: number): Promise<readonly string[]> => {
    const { changes } = (await server.call(changesMethod, { host, agent_type: agentTypes.linuxbridge, since }, changesVersion)) as unknown as ChangesAnswer;
    return (changes ?? []).flatMap(({ kind, subject }) => (kind === 'tunnels' ? [subject] : []));
  };
  const since = async (change: () => Promise<unknown>): Promise<readonly (readonly string[])[]> => {
    const before = await newest();
    await change();
    return Promise.all(hosts.map((host) => named(host, before)));
  };

  test('names a network to hosts that carry it and want to be told, whenever something else is behind its tunnels, and at no other time', async () => {
    await reports('a');
    await reports('b');
    await reports('c', { l2_population: false });
    await reports('d');
    const { network: another } = await networkWithSubnet(server, 'p1', '10.9.0.0/24');
    await instancePort(server, network, { 'binding:host_id': 'b' });
    await instancePort(server, network, { 'binding:host_id': 'c' });
    await instancePort(server, another, { 'binding:host_id': 'd' });
    const [nothing, toBoth, toB] = [[[], [], [], []], [[idOf(network)], [idOf(network)], [], []], [[], [idOf(network)], [], []]];
    const port = await instancePort(server, network, { 'binding:host_id': 'a' });
    const change = (changes: JsonObject): Promise<unknown> => Promise.resolve(server.core.ports.update?.(admin, idOf(port), changes));
    const subnet = (port['fixed_ips'] as readonly JsonObject[])[0]?.['subnet_id'] ?? null;
    expect(await since(() => change({ name: 'x' }))).toEqual(nothing);
    expect(await since(() => server.call('get_device_details', { device: tap(port), host: 'a' }))).toEqual(toBoth);
    // Nothing else is behind the tunnel for that.
    expect(await since(() => server.call('update_device_list', { devices_up: [tap(port)], devices_down: [], host: 'a' }))).toEqual(nothing);
    expect((await server.core.ports.get(admin, idOf(port)))['status']).toBe('ACTIVE');
    expect(await since(() => change({ name: 'y' }))).toEqual(nothing);
    expect(await since(() => change({ fixed_ips: [{ subnet_id: subnet, ip_address: '10.0.0.99' }] }))).toEqual(toBoth);
    expect(await since(() => server.call('update_device_list', { devices_up: [], devices_down: [tap(port)], host: 'a' }))).toEqual(toBoth);
    await server.call('get_device_details', { device: tap(port), host: 'a' });
    // A host that has nothing of the network any more is not told of it.
    expect(await since(() => change({ 'binding:host_id': '' }))).toEqual(toB);
    await change({ 'binding:host_id': 'a' });
    await server.call('get_device_details', { device: tap(port), host: 'a' });
    expect(await since(() => reports('a'))).toEqual(nothing);
    expect(await since(() => reports('a', { tunneling_ip: '192.0.2.77' }))).toEqual(toBoth);
    expect(await since(() => Promise.resolve(server.core.ports.delete?.(admin, idOf(port))))).toEqual(toB);
  });

  test('names the networks of a highly available router when copies of it come to hosts or leave them', async () => {
    for (const host of ['a', 'b', 'c']) await reports(host);
    for (const host of ['a', 'b']) await report(server, { agent_type: agentTypes.l3, binary: 'neutron-l3-agent', topic: topics.l3Agent, host, availability_zone: 'nova', configurations: { agent_mode: 'legacy' } });
    const routers = server.routing?.l3.routers;
    const ha = server.routing?.l3.ha;
    const [router] = (await routers?.create?.(admin, [{ name: 'r', project_id: 'p1', tenant_id: 'p1', admin_state_up: true, ha: true }])) ?? [];
    const copies = (most: number): Promise<unknown> => eventually(async () => (await ha?.copies([idOf(router)]))?.length === most);
    await copies(2);
    const guest = await instancePort(server, network, { 'binding:host_id': 'c' });
    const [subnet] = await server.core.subnets.list(admin, { ...listAll, filters: { network_id: [idOf(network)] } });
    const ofNetwork = async (change: () => Promise<unknown>): Promise<readonly boolean[]> => (await since(change)).map((named) => named.includes(idOf(network)));
    const active = (host: string): Promise<unknown> => l3('update_ha_routers_states', { host, states: { [idOf(router)]: 'active' } });
    await routers?.actions?.['add_router_interface']?.(admin, idOf(router), { subnet_id: idOf(subnet) });
    // At once at each copy, whether or not anybody has reported the interface wired; and it stays there, whichever is active.
    expect(await ofNetwork(() => active('a'))).toEqual([true, true, true, false]);
    expect(await ofNetwork(() => active('b'))).toEqual([false, false, false, false]);
    expect(await ofNetwork(() => active('a'))).toEqual([false, false, false, false]);
    const [copy] = (await ha?.copies([idOf(router)]))?.filter(({ host }) => host === 'b') ?? [];
    expect(await ofNetwork(async () => ha?.unbind(idOf(router), copy?.agentId ?? ''))).toEqual([true, false, true, false]);
    expect(await ofNetwork(async () => ha?.bind({ id: idOf(router), projectId: 'p1' }, { id: copy?.agentId ?? '', host: 'b' }, 3))).toEqual([true, true, true, false]);
    // An agent that is deleted takes its copies along.
    expect(
      await ofNetwork(async () => {
        await server.agents.agents.delete?.(admin, copy?.agentId ?? '');
        await copies(1);
        await eventually(async () => (await server.core.ports.list(admin, { ...listAll, filters: { device_owner: ['network:router_ha_interface'] } })).length === 1);
      }),
    ).toEqual([true, false, true, false]);
    await server.core.ports.delete?.(admin, idOf(guest));
    expect(await ofNetwork(() => Promise.resolve(routers?.actions?.['remove_router_interface']?.(admin, idOf(router), { subnet_id: idOf(subnet) })))).toEqual([false, false, false, false]);
  });

  test('says nothing of tunnels where the server does not tell what is behind them', async () => {
    await using other = await runningServer();
    await report(other, { agent_type: agentTypes.linuxbridge, binary: 'lb', topic: 'N/A', host: 'a', configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1', l2_population: true } });
    const { network: there } = await networkWithSubnet(other, 'p1');
    const port = await instancePort(other, there, { 'binding:host_id': 'a' });
    await other.call('get_device_details', { device: tap(port), host: 'a' });
    await other.core.ports.delete?.(admin, idOf(port));
    await other.call(changesMethod, { host: 'a', agent_type: agentTypes.linuxbridge, since: null }, changesVersion);
    expect(await other.db.selectFrom('agent_change_outbox').selectAll().execute()).toEqual([]);
    expect((await other.db.selectFrom('agent_changes').select('kind').distinct().execute()).map(({ kind }) => kind).toSorted()).not.toContain('tunnels');
  });
});

test('what a server did not live to tell of is asked for', async () => {
  const transport = broker.connect();
  const topic = notifierTopic('l2population', 'update');
  const ignored = Object.fromEntries(['add_fdb_entries', 'remove_fdb_entries', 'update_fdb_entries'].map((method) => [method, () => undefined]));
  // Of tunnels it hears nothing but answers.
  const deaf: Transport = { ...transport, listen: (options) => transport.listen(options.topic === topic ? { ...options, endpoints: [{ version: '1.5', methods: ignored }] } : options) };
  const [a, b] = [agent('a', { transport: deaf }), agent('b')];
  await Promise.all([a.inSync, b.inSync]);
  await plugged(server, a);
  const second = await plugged(server, b);
  await eventually(() => a.tunnels?.of(idOf(network))?.ends.has(String(second['mac_address'])));
  const known = (): NetworkForwarding | undefined => a.tunnels?.of(idOf(network));
  const macs = (): readonly string[] => [...(known()?.ends.keys() ?? [])];
  // It is not plugged, so that no agent reports on it: its status is what is set here.
  await reports('c');
  const third = await instancePort(dying, network, { 'binding:host_id': 'c' });
  await dying.core.updatePortStatuses(admin, [idOf(third)], 'BUILD', { host: 'c' });
  await eventually(() => macs().includes(String(third['mac_address'])) && known()?.flooded.has(endOf('c')));
  const subnet = (third['fixed_ips'] as readonly JsonObject[])[0]?.['subnet_id'] ?? null;
  await dying.core.ports.update?.(admin, idOf(third), { fixed_ips: [{ subnet_id: subnet, ip_address: '10.0.0.77' }] });
  await eventually(() => known()?.neighbours.has('10.0.0.77'));
  await dying.core.updatePortStatuses(admin, [idOf(third)], 'DOWN', { host: 'c' });
  await eventually(() => !macs().includes(String(third['mac_address'])) && known()?.flooded.has(endOf('c')) === false);
  await dying.core.ports.delete?.(admin, idOf(second));
  await eventually(() => macs().length === 0);
  await knowsWhatIs(a);
});

test('an agent asks about a network when it is new to it, and after that only when something has changed', async () => {
  const questions: string[] = [];
  const counting = (host: string): SimulatedL2Agent => {
    const transport = broker.connect();
    return agent(host, {
      transport: {
        ...transport,
        call(context, target, method, args, options) {
          if (method === forwardingMethod) questions.push(`${host} ${String((args['networks'] as readonly string[]).length)}`);
          return transport.call(context, target, method, args, options);
        },
      },
    });
  };
  const [a, b] = [counting('a'), counting('b')];
  await Promise.all([a.inSync, b.inSync]);
  const port = await plugged(server, a);
  await plugged(server, b);
  await eventually(() => a.tunnels?.of(idOf(network))?.ends.size === 1);
  // What is told is told in order: once this has been, nothing is on its way.
  const told = Promise.withResolvers<undefined>();
  await broker.connect().listen({ topic: notifierTopic('l2population', 'update'), server: 'x', endpoints: [{ version: '1.5', methods: { update_fdb_entries: () => void told.resolve(undefined) } }] });
  await eventually(async () => (await server.core.ports.get(admin, idOf(port)))['status'] === 'ACTIVE');
  await server.core.ports.update?.(admin, idOf(port), { fixed_ips: [{ subnet_id: (port['fixed_ips'] as readonly JsonObject[])[0]?.['subnet_id'] ?? null, ip_address: '10.0.0.77' }] });
  await told.promise;
  const isQuiet = async (): Promise<boolean> => {
    const before = questions.length;
    await haveAsked(a, b);
    return questions.length === before;
  };
  await eventually(isQuiet);
  for (const each of [a, b]) await knowsWhatIs(each);
  const before = questions.length;
  await server.core.ports.update?.(admin, idOf(port), { name: 'nothing to tunnels' });
  await haveAsked(a, b);
  expect(questions.slice(before)).toEqual([]);
});

interface Cloud {
  readonly random: () => number;
  readonly networks: JsonObject[];
  readonly ports: string[];
  readonly routers: string[];
  readonly l2: Map<string, SimulatedL2Agent>;
}

/** One change of what is behind tunnels, chosen by chance, by one of the servers. */
async function change({ random, networks, ports, routers, l2 }: Cloud, servers: readonly RunningServer[]): Promise<void> {
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const by = oneOf(servers);
  const port = oneOf(ports);
  const host = oneOf([...l2.keys()]);
  const router = oneOf(routers);
  const make = async (): Promise<unknown> => ports.push(idOf(await plugged(by, l2.get(host) as SimulatedL2Agent, oneOf(networks))));
  const kinds: readonly (() => Promise<unknown>)[] = [
    make,
    make,
    async () => port && by.core.ports.update?.(admin, port, { 'binding:host_id': oneOf([...hosts, '']) }),
    async () => {
      if (!port) return;
      const { fixed_ips } = await by.core.ports.get(admin, port);
      const subnet = (fixed_ips as readonly JsonObject[])[0]?.['subnet_id'] ?? null;
      await by.core.ports.update?.(admin, port, { fixed_ips: [{ subnet_id: subnet }] });
    },
    async () => port && by.core.ports.update?.(admin, port, { admin_state_up: random() < 0.5 }),
    async () => {
      if (!port) return;
      await by.core.ports.delete?.(admin, port);
      ports.splice(ports.indexOf(port), 1);
    },
    async () => networks.length < 3 && networks.push((await networkWithSubnet(server, 'p1', `10.${String(networks.length)}.0.0/16`)).network),
    async () => {
      const [subnet] = await server.core.subnets.list(admin, { ...listAll, filters: { network_id: [idOf(oneOf(networks))] } });
      const attached = (await by.routing?.l3.routers.actions?.['add_router_interface']?.(admin, router, { subnet_id: idOf(subnet) })) as JsonObject | undefined;
      for (const each of l2.values()) each.plug(`tap${String(attached?.['port_id']).slice(0, 11)}`);
    },
    async () => {
      const [subnet] = await server.core.subnets.list(admin, { ...listAll, filters: { network_id: [idOf(oneOf(networks))] } });
      await by.routing?.l3.routers.actions?.['remove_router_interface']?.(admin, router, { subnet_id: idOf(subnet) });
    },
    async () => l3('update_ha_routers_states', { host, states: { [router]: oneOf(['active', 'standby']) } }),
    async () => {
      const [copy] = (await server.routing?.l3.ha.copies([router])) ?? [];
      if (copy !== undefined && random() < 0.5) await by.routing?.l3.ha.unbind(router, copy.agentId);
      else await server.routing?.scheduler.autoSchedule(host);
    },
  ];
  // A subnet that is attached already, a port that another change has just taken: clients are refused such things all the time.
  await oneOf(kinds)().catch((error: unknown) => log.debug({ err: error }, 'refused'));
}

describe('agents to whom messages come late, twice, in another order or never, from servers of which one tells nothing', () => {
  test.each(Array.from({ length: Number(process.env['DELTA_SEEDS'] ?? 3) }, (_, index) => index + 1))('know in the end what is behind their tunnels (seed %i)', { timeout: 120_000 }, async (seed) => {
    const random = seededRandom(seed);
    const buses: AdversarialTransport[] = [];
    const hostile = (host: string, more: Partial<Parameters<typeof simulatedL2Agent>[0]> = {}): SimulatedL2Agent => {
      const bus = adversarialTransport(broker.connect(), random);
      buses.push(bus);
      return agent(host, { transport: bus, ...more });
    };
    const l2 = new Map(['a', 'b', 'c'].map((host) => [host, hostile(host)]));
    await Promise.all([...l2.values()].map(({ inSync }) => inSync));
    for (const host of ['a', 'b']) await report(server, { agent_type: agentTypes.l3, binary: 'neutron-l3-agent', topic: topics.l3Agent, host, availability_zone: 'nova', configurations: { agent_mode: 'legacy' } });
    const [router] = (await server.routing?.l3.routers.create?.(admin, [{ name: 'r', project_id: 'p1', tenant_id: 'p1', admin_state_up: true, ha: true }])) ?? [];
    const cloud: Cloud = { random, networks: [network], ports: [], routers: [idOf(router)], l2 };
    // Whatever chance takes away, each has something to be told about in the end.
    for (const each of l2.values()) await plugged(server, each);
    for (let step = 0; step < 90; step += 1) {
      // Of the last ones nobody is told, so that nothing heard later makes up for them.
      await change(cloud, step < 75 ? [server, dying] : [dying]);
      // An agent that knows of a gap asks for everything: so later on nobody tells of one.
      if (step < 40 && random() < 0.08) buses[Math.floor(random() * buses.length)]?.cut();
      if (step === 40 || (step < 40 && random() < 0.2)) for (const each of buses) each.mend();
      if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 60));
      // A host whose agent starts with another end.
      if (step === 50) {
        const before = l2.get('c');
        const devices = [...(before?.state().ports.keys() ?? [])];
        await before?.[Symbol.asyncDispose]();
        l2.set('c', hostile('c', { localIp: '192.0.2.77', devices }));
      }
    }
    for (const each of buses) each.heal();
    await haveAsked(...l2.values());
    for (const each of l2.values()) await knowsWhatIs(each);
    expect([...l2.values()].flatMap(carried)).not.toEqual([]);
  });
});
