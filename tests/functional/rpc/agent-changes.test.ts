import { inquire } from '@neutrino/agent/l2/inquiry';
import type { HostState } from '@neutrino/agent/l2/plan-host';
import { pluginApi } from '@neutrino/agent/rpc/plugin-api';
import type { JsonObject } from '@neutrino/lib/json';
import { changesConfiguration, changesMethod, changesTopics, changesVersion, type ChangesAnswer } from '@neutrino/lib/rpc/agent-changes';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import { agentTypes } from '@neutrino/server/agents/agent-views';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { adversarialTransport, seededRandom, type AdversarialTransport } from '../../support/adversarial-transport.ts';
import { simulatedDhcpAgent, type SimulatedDhcpAgent } from '../../support/simulated-dhcp-agent.ts';
import { simulatedL2Agent, type SimulatedL2Agent } from '../../support/simulated-l2-agent.ts';
import { admin, eventually, idOf, instancePort, networkWithSubnet, report, reportAgents, runningServer, tap, type RunningServer } from './running-server.ts';

const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
let server: RunningServer;
beforeEach(async () => {
  server = await runningServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const ask = async (host: string, since: number | null, agent_type: string = agentTypes.linuxbridge): Promise<ChangesAnswer> =>
  (await server.call(changesMethod, { host, agent_type, since }, changesVersion)) as unknown as ChangesAnswer;
const told = async (host: string, since: number, type?: string): Promise<readonly string[] | undefined> =>
  (await ask(host, since, type)).changes?.map(({ kind, object, subject, served }) => [kind, object === '' ? subject : object, ...(served === undefined ? [] : [served])].join(' ')).toSorted();
const newest = async (): Promise<number> => (await ask('anybody', null)).revision;
const group = async (name: string): Promise<string> => idOf((await server.groups.groups.create?.(admin, [{ name, project_id: 'p1' }]))?.[0]);
const rule = (security_group_id: string, more: JsonObject): Promise<unknown> =>
  Promise.resolve(server.groups.rules.create?.(admin, [{ security_group_id, project_id: 'p1', direction: 'ingress', ethertype: 'IPv4', ...more }]));

describe('what changed', () => {
  test('is told to hosts that have something of it, and to no others', async () => {
    for (const host of ['a', 'b', 'c']) await reportAgents(server, host);
    const { network } = await networkWithSubnet(server, 'p1');
    const [web, db] = [await group('web'), await group('db')];
    await rule(db, { remote_group_id: web, protocol: 'tcp' });
    const onA = await instancePort(server, network, { 'binding:host_id': 'a', security_groups: [web] });
    const onB = await instancePort(server, network, { 'binding:host_id': 'b', security_groups: [db] });

    let since = await newest();
    expect(await told('a', since)).toEqual([]);
    await rule(web, { protocol: 'icmp' });
    expect([await told('a', since), await told('b', since), await told('c', since)]).toEqual([[`rules ${web}`], [], []]);

    since = await newest();
    const another = await instancePort(server, network, { security_groups: [web] });
    expect([await told('a', since), await told('b', since), await told('c', since)]).toEqual([[], [`members ${web}`], []]);
    since = await newest();
    await server.core.ports.delete?.(admin, idOf(another));
    expect([await told('a', since), await told('b', since)]).toEqual([[], [`members ${web}`]]);

    since = await newest();
    await server.core.ports.update?.(admin, idOf(onA), { name: 'nothing to agents', device_id: 'x' });
    expect(await ask('a', since)).toEqual({ revision: since, changes: [] });
    await server.core.ports.update?.(admin, idOf(onA), { admin_state_up: false });
    expect([await told('a', since), await told('b', since)]).toEqual([[`port ${idOf(onA)}`], []]);

    since = await newest();
    await server.core.ports.update?.(admin, idOf(onB), { 'binding:host_id': 'c' });
    expect([await told('a', since), await told('b', since), await told('c', since)]).toEqual([[], [`port ${idOf(onB)}`], [`port ${idOf(onB)}`]]);

    since = await newest();
    await server.core.networks.update?.(admin, idOf(network), { mtu: 1400 });
    expect([await told('a', since), await told('b', since), await told('c', since)]).toEqual([[`network ${idOf(network)}`], [], [`network ${idOf(network)}`]]);

    since = await newest();
    await server.core.ports.delete?.(admin, idOf(onA));
    expect(await told('a', since)).toEqual([`port ${idOf(onA)}`]);
  });

  test('is told to the DHCP agents that serve the network, and what they serve is told as it is now', async () => {
    await reportAgents(server, 'a');
    await reportAgents(server, 'b');
    const start = await newest();
    const { network, subnet } = await networkWithSubnet(server, 'p1');
    const [agent] = await server.scheduler.listAgents(admin, idOf(network));
    const [host, other] = agent?.['host'] === 'a' ? ['a', 'b'] : ['b', 'a'];
    expect(await told(host, start, agentTypes.dhcp)).toEqual([`served ${idOf(network)} true`, `subnet ${idOf(subnet)}`]);
    expect(await told(other, start, agentTypes.dhcp)).toEqual([]);
    const since = await newest();
    const port = await instancePort(server, network);
    await server.core.subnets.update?.(admin, idOf(subnet), { dns_nameservers: ['192.0.2.53'] });
    expect(await told(host, since, agentTypes.dhcp)).toEqual([`lease ${idOf(port)}`, `subnet ${idOf(subnet)}`]);
    await server.scheduler.removeNetwork(admin, idOf(agent), idOf(network));
    expect(await told(host, start, agentTypes.dhcp)).toEqual([`served ${idOf(network)} false`]);
    await server.scheduler.addNetwork(admin, idOf(agent), idOf(network));
    await server.core.ports.delete?.(admin, idOf(port));
    await server.core.networks.delete?.(admin, idOf(network));
    expect(await told(host, start, agentTypes.dhcp)).toEqual([`served ${idOf(network)} false`]);
  });

  test('is everything to an agent that is older than the log, newer than the database, or new', async () => {
    const since = await newest();
    await rule(await group('g'), {});
    await ask('a', since);
    expect(await ask('a', null)).toEqual({ revision: await newest(), changes: null });
    expect((await ask('a', (await newest()) + 1)).changes).toBeNull();
    await server.db.updateTable('agent_change_counter').set({ forgotten: since + 1 }).execute();
    expect((await ask('a', since)).changes).toBeNull();
    await expect(ask('a', -1)).rejects.toThrow('since');
    await expect(server.call(changesMethod, { agent_type: 'x' })).rejects.toThrow('host');
  });

  test('a network that the server which made it did not live to have served is given agents', async () => {
    await reportAgents(server, 'a');
    const { network } = await networkWithSubnet(server, 'p1');
    const serving = async (): Promise<readonly string[]> => (await server.scheduler.agentsOfNetworks([idOf(network)])).get(idOf(network))?.map(({ host }) => host) ?? [];
    await eventually(async () => (await serving()).length > 0);
    await server.db.deleteFrom('network_dhcp_agent_bindings').execute();
    expect(await serving()).toEqual([]);
    await server.scheduler.scheduleUnserved();
    expect(await serving()).toEqual(['a']);
  });

  test('is told in messages to agents that speak of it, numbered one after the other, and then no longer by the topics that all hear', async () => {
    const heard: JsonObject[] = [];
    const fannedOut: string[] = [];
    const note = (method: string) => ({ version: '1.5', methods: { [method]: () => void fannedOut.push(method) } });
    await server.connect().listen({ topic: changesTopics[agentTypes.linuxbridge] ?? '', server: 'a', addressedOnly: true, endpoints: [{ version: '1.0', methods: { changed: (_context, args) => void heard.push(args) } }] });
    await server.connect().listen({ topic: notifierTopic('security_group', 'update'), server: 'x', endpoints: [note('security_groups_rule_updated')] });
    const ours = { agent_type: agentTypes.linuxbridge, binary: 'lb', topic: 'N/A', configurations: { tunnel_types: ['vxlan'], [changesConfiguration]: changesVersion } };
    await report(server, { ...ours, host: 'a' });
    await report(server, { ...ours, host: 'b', configurations: { tunnel_types: ['vxlan'] } });
    const { network } = await networkWithSubnet(server, 'p1');
    const web = await group('web');
    await instancePort(server, network, { 'binding:host_id': 'a', security_groups: [web] });
    await rule(web, { protocol: 'icmp' });
    await eventually(() => heard.some(({ changes }) => JSON.stringify(changes).includes(web)));
    await eventually(() => fannedOut.length > 0);
    // The other one changes sides.
    await report(server, { ...ours, host: 'b' });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = heard.length;
    fannedOut.length = 0;
    await rule(web, { protocol: 'tcp' });
    await eventually(() => heard.length > before);
    await rule(web, { protocol: 'udp' });
    await eventually(() => heard.length > before + 1);
    expect(heard.map(({ sequence }) => sequence)).toEqual(heard.map((_message, index) => index + 1));
    expect(new Set(heard.map((message) => message['server'])).size).toBe(1);
    expect(fannedOut).toEqual([]);
  });
});

/** What an agent that starts now would know. */
async function fresh(host: string, devices: readonly string[]): Promise<HostState> {
  const inquiry = inquire(pluginApi({ transport: server.connect(), agentId: 'fresh', host, devicesPerRequest: 100 }), { isFirewallEnabled: true, log });
  await inquiry.ask({ everything: true, devices: new Set(), security: new Set() }, new Map(devices.map((name, index) => [name, { name, index }])));
  return inquiry.ports.state();
}

/**
 * Told with each device, and nothing that an agent reads: what they say follows from the rules. Of devices that share a group an agent asks
 * about one when the group's rules change, so the others' are as old as their last own question.
 */
const derived = new Set(['security_group_source_groups', 'security_group_remote_address_groups']);

/** Without the order in which it was learnt. */
function asText({ ports, groups, members }: HostState): string {
  const sorted = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map((item) => JSON.stringify(sorted(item))).toSorted();
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).filter(([key]) => !derived.has(key)).map(([key, item]) => [key, sorted(item)]).toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  };
  return JSON.stringify(sorted({ ports: Object.fromEntries(ports), groups: Object.fromEntries(groups), members: Object.fromEntries(members) }), null, 1);
}

interface Cloud {
  readonly random: () => number;
  readonly networks: JsonObject[];
  readonly groups: string[];
  readonly ports: Map<string, string>;
  readonly devices: ReadonlyMap<string, Set<string>>;
  readonly l2: readonly SimulatedL2Agent[];
}

const hosts = ['a', 'b', 'c'];

/** One change of those that a cloud knows, chosen by chance. */
async function change(cloud: Cloud): Promise<void> {
  const { random, networks, groups, ports } = cloud;
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const some = <T>(list: readonly T[]): readonly T[] => list.filter(() => random() < 0.4);
  const port = oneOf([...ports.keys()]);
  const { core } = server;
  const kinds: readonly (() => Promise<unknown>)[] = [
    async () => {
      const host = oneOf(hosts);
      const made = await instancePort(server, oneOf(networks), { 'binding:host_id': host, security_groups: some(groups) });
      ports.set(idOf(made), host);
      cloud.devices.get(host)?.add(tap(made));
      cloud.l2.find((agent) => agent.host === host)?.plug(tap(made));
    },
    async () => port && core.ports.update?.(admin, port, { security_groups: some(groups) }),
    async () => port && core.ports.update?.(admin, port, { admin_state_up: random() < 0.5 }),
    async () => port && core.ports.update?.(admin, port, { 'binding:host_id': oneOf([...hosts, '']) }),
    async () => port && core.ports.update?.(admin, port, { allowed_address_pairs: [{ ip_address: `192.0.2.${String(Math.floor(random() * 250))}` }] }),
    async () => {
      if (!port || random() < 0.5) return;
      await core.ports.delete?.(admin, port);
      ports.delete(port);
    },
    async () => rule(oneOf(groups), { protocol: 'tcp', port_range_min: Math.ceil(random() * 60_000), port_range_max: 60_001 }),
    async () => rule(oneOf(groups), { remote_group_id: oneOf(groups) }),
    async () => {
      const rules = await server.groups.rules.list(admin, { filters: {}, sorts: [], pageReverse: false });
      const victim = oneOf(rules);
      if (victim !== undefined) await server.groups.rules.delete?.(admin, idOf(victim));
    },
    async () => core.networks.update?.(admin, idOf(oneOf(networks)), { mtu: 1300 + Math.floor(random() * 100) }),
    async () => networks.length < 6 && networks.push((await networkWithSubnet(server, 'p1')).network),
    async () => {
      const network = oneOf(networks);
      const agents = await server.scheduler.listAgents(admin, idOf(network));
      const other = oneOf((await server.agents.agents.list(admin, { filters: { agent_type: [agentTypes.dhcp] }, sorts: [], pageReverse: false })));
      const [serving] = agents;
      if (serving !== undefined && random() < 0.5) await server.scheduler.removeNetwork(admin, idOf(serving), idOf(network));
      else if (other !== undefined) await server.scheduler.addNetwork(admin, idOf(other), idOf(network));
    },
    async () => {
      const [subnet] = await core.subnets.list(admin, { filters: { network_id: [idOf(oneOf(networks))] }, sorts: [], pageReverse: false });
      if (subnet !== undefined) await core.subnets.update?.(admin, idOf(subnet), { enable_dhcp: random() < 0.7, dns_nameservers: [`192.0.2.${String(Math.floor(random() * 250))}`] });
    },
  ];
  // A rule that is there, a network that is served already: clients are refused such things all the time.
  await oneOf(kinds)().catch((error: unknown) => log.debug({ err: error }, 'refused'));
}

describe('agents to whom messages come late, twice, in another order or never', () => {
  test.each(Array.from({ length: Number(process.env['DELTA_SEEDS'] ?? 4) }, (_, index) => index + 1))('know in the end what one knows that starts then (seed %i)', { timeout: 120_000 }, async (seed) => {
    const random = seededRandom(seed);
    await using agents = new AsyncDisposableStack();
    const buses: AdversarialTransport[] = [];
    const bus = (): AdversarialTransport => {
      const made = adversarialTransport(server.connect(), random);
      buses.push(made);
      return made;
    };
    const l2: SimulatedL2Agent[] = [];
    const dhcp: SimulatedDhcpAgent[] = [];
    for (const host of hosts) {
      l2.push(agents.use(simulatedL2Agent({ transport: bus(), host, log, reportIntervalMs: 400 })));
      dhcp.push(agents.use(simulatedDhcpAgent({ transport: bus(), host, log, reportIntervalMs: 400 })));
    }
    await Promise.all([...l2, ...dhcp].map(({ inSync }) => inSync));
    const { network } = await networkWithSubnet(server, 'p1');
    const cloud: Cloud = { random, networks: [network], groups: [await group('one'), await group('two'), await group('three')], ports: new Map(), devices: new Map(hosts.map((host) => [host, new Set()])), l2 };
    for (let step = 0; step < 90; step += 1) {
      await change(cloud);
      const victim = buses[Math.floor(random() * buses.length)];
      if (random() < 0.08) victim?.cut();
      if (random() < 0.2) for (const each of buses) each.mend();
      if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 60));
    }
    for (const each of buses) {
      each.heal();
      each.mend();
    }
    for (const agent of l2) {
      const devices = [...(cloud.devices.get(agent.host) ?? [])];
      const differences = async (): Promise<string> => {
        const [known, wanted] = [asText(agent.state()), asText(await fresh(agent.host, devices))];
        return known === wanted ? '' : `${known}\n≠\n${wanted}`;
      };
      await eventually(async () => (await differences()) === '', 30).catch(async () => expect(await differences(), agent.host).toBe(''));
      expect(agent.counts.fullPasses).toBeLessThan(5);
    }
    for (const [index, host] of hosts.entries()) {
      const known = (): string => JSON.stringify([...(dhcp[index]?.served ?? [])].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([id, served]) => [id, served.mtu, served.subnets, served.ports.map((port) => [port.id, port.fixed_ips, port.mac_address]).toSorted()]));
      const wanted = async (): Promise<string> => {
        const active = (await server.call('get_active_networks_info', { host }, '1.1')) as unknown as readonly { id: string; mtu: number; subnets: readonly unknown[]; ports: readonly { id: string; fixed_ips: unknown; mac_address: string }[] }[];
        return JSON.stringify(active.filter(({ subnets }) => subnets.length > 0).toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((served) => [served.id, served.mtu, served.subnets, served.ports.map((port) => [port.id, port.fixed_ips, port.mac_address]).toSorted()]));
      };
      await eventually(async () => known() === (await wanted()), 30).catch(async () => expect(known(), host).toBe(await wanted()));
    }
  });
});
