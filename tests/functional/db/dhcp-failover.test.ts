import type { JsonObject } from '@neutrino/lib/json';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { listAll } from '@neutrino/server/api/resource-handler';
import { databaseTime } from '@neutrino/server/db/database-time';
import { transact } from '@neutrino/server/db/transact';
import { dhcpDeviceId } from '@neutrino/server/scheduler/dhcp-device-id';
import { createDhcpFailover } from '@neutrino/server/scheduler/dhcp-failover';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, report, runningServer, type RunningServer, type ServerSettings } from '../rpc/running-server.ts';
import { scratchDatabase, type ScratchDatabase } from './scratch-database.ts';

const downTime = 60;
let database: ScratchDatabase;
let stack: AsyncDisposableStack;
let broker: Broker;
let servers: RunningServer[];
beforeAll(async () => {
  database = await scratchDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
  broker = stack.use(createBroker());
  servers = [];
});
afterEach(async () => {
  await stack.disposeAsync();
  // What the servers still had under way may win.
  await transact(database.db, async (tx) => {
    for (const table of ['ports', 'subnets', 'networks', 'agents'] as const) await tx.deleteFrom(table).execute();
  });
});

/** One more server on the database and the bus. */
async function server(settings: ServerSettings = {}): Promise<RunningServer> {
  const started = stack.use(await runningServer({ database: database.url, broker, agentDownTimeSeconds: downTime, ...settings }));
  servers.push(started);
  return started;
}
const failoverOf = ({ db, scheduler }: RunningServer) => createDhcpFailover({ db, scheduler, agentDownTimeSeconds: downTime, log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }) });

const dhcpState = (host: string, more: JsonObject = {}): JsonObject => ({ agent_type: 'DHCP agent', binary: 'neutron-dhcp-agent', topic: 'dhcp_agent', host, availability_zone: 'nova', configurations: { networks: 0 }, ...more });
async function hosts(of: RunningServer, names: readonly string[], more: JsonObject = {}): Promise<void> {
  for (const host of names) {
    await report(of, { agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host, configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1' } });
    await report(of, dhcpState(host, more));
  }
  // Whichever server heard them.
  for (const each of servers) await each.agents.directory.agents('DHCP agent', { current: true });
}
/** As after so many seconds in which the agent neither reported nor started. */
async function silent(of: RunningServer, host: string, seconds: number, startedSeconds = 100_000): Promise<void> {
  const ago = (s: number): string => databaseTime(new Date(Date.now() - s * 1000));
  await of.db.updateTable('agents').set({ heartbeat_timestamp: ago(seconds), started_at: ago(startedSeconds) }).where('host', '=', host).where('agent_type', '=', 'DHCP agent').execute();
}
async function agentOn(of: RunningServer, host: string): Promise<JsonObject> {
  const [agent] = await of.agents.agents.list(admin, { ...listAll, filters: { host: [host], agent_type: ['DHCP agent'] } });
  if (agent === undefined) throw new Error(`no agent on ${host}`);
  return agent;
}
const servedBy = async (of: RunningServer, host: string): Promise<readonly string[]> => (await of.scheduler.listNetworks(admin, idOf(await agentOn(of, host)))).map(idOf).toSorted();
const hostsOf = async (of: RunningServer, network: JsonObject): Promise<readonly string[]> => (await of.scheduler.listAgents(admin, idOf(network))).map(({ host }) => String(host)).toSorted();
/** What agents of these hosts hear, as "host method network". */
async function hearing(names: readonly string[]): Promise<string[]> {
  const heard: string[] = [];
  for (const host of names) {
    const method = (name: string, id: (payload: JsonObject) => unknown) => (_: unknown, { payload }: JsonObject) => void heard.push(`${host} ${name} ${String(id(payload as JsonObject))}`);
    const methods = {
      network_create_end: method('network_create_end', (payload) => (payload['network'] as JsonObject)['id']),
      network_delete_end: method('network_delete_end', (payload) => payload['network_id']),
    };
    stack.use(await broker.connect().listen({ topic: topics.dhcpAgent, server: host, endpoints: [{ version: '1.0', methods }] }));
  }
  return heard;
}
async function dhcpPort(of: RunningServer, network: JsonObject, subnet: JsonObject, host: string): Promise<JsonObject> {
  const port = { network_id: idOf(network), device_id: dhcpDeviceId(idOf(network), host), fixed_ips: [{ subnet_id: idOf(subnet) }] };
  return (await of.call('create_dhcp_port', { port: { port }, host }, '1.1')) as JsonObject;
}
const claim = (of: RunningServer, port: JsonObject, host: string) =>
  of.call('update_dhcp_port', { port_id: idOf(port), host, port: { port: { network_id: port['network_id'], device_id: dhcpDeviceId(String(port['network_id']), host) } } }, '1.1') as Promise<JsonObject | null>;

describe('networks of a DHCP agent that is not heard any more', () => {
  test('go to another with the address of the DHCP port, and none is doubled when the agent comes back', async () => {
    const one = await server();
    await hosts(one, ['a', 'b']);
    const heard = await hearing(['a', 'b']);
    const { network, subnet } = await networkWithSubnet(one, 'p1');
    await eventually(() => heard.length > 0);
    heard.length = 0;
    const [dead = '', next = ''] = (await hostsOf(one, network))[0] === 'a' ? ['a', 'b'] : ['b', 'a'];
    const port = await dhcpPort(one, network, subnet, dead);
    const before = await one.core.ports.get(admin, idOf(port));
    const failover = failoverOf(one);

    await silent(one, dead, 1.9 * downTime);
    expect(await failover.check(), 'dead for long enough').toBe(0);
    await silent(one, dead, 2.1 * downTime);
    expect(await failover.check()).toBe(1);
    expect(await hostsOf(one, network)).toEqual([next]);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`${next} network_create_end ${idOf(network)}`]);
    const reserved = await one.core.ports.get(admin, idOf(port));
    expect(reserved).toMatchObject({ device_id: 'reserved_dhcp_port', fixed_ips: port['fixed_ips'], mac_address: port['mac_address'], 'binding:host_id': dead, status: before['status'] });
    expect(reserved['revision_number']).toBeGreaterThan(Number(before['revision_number']));
    expect(await claim(one, port, next)).toMatchObject({ id: port['id'], fixed_ips: port['fixed_ips'], 'binding:host_id': next });

    expect(await report(one, { ...dhcpState(dead), start_flag: false })).toBe('revived');
    expect(await one.call('get_active_networks_info', { host: dead }, '1.1')).toEqual([]);
    await one.call('release_dhcp_port', { network_id: idOf(network), device_id: dhcpDeviceId(idOf(network), dead), host: dead });
    expect(await claim(one, port, dead), 'taken by the next').toBeNull();
    await instancePort(one, network);
    expect(await failover.check()).toBe(0);
    expect([await servedBy(one, dead), await servedBy(one, next)]).toEqual([[], [idOf(network)]]);
    const active = (await one.call('get_active_networks_info', { host: next }, '1.1')) as unknown as DhcpNetwork[];
    expect(active.flatMap(({ ports }) => ports.filter(({ device_owner }) => device_owner === 'network:dhcp')).map(({ id }) => id)).toEqual([idOf(port)]);
  });

  test('are moved once, however many servers look at the same moment, and spread over those who live', async () => {
    const one = await server();
    await server();
    await hosts(one, ['dead']);
    const heard = await hearing(['dead', 'a', 'b', 'c']);
    const networks: JsonObject[] = [];
    for (let n = 0; n < 12; n++) {
      const { network, subnet } = await networkWithSubnet(one, 'p1');
      await dhcpPort(one, network, subnet, 'dead');
      networks.push(network);
    }
    await eventually(() => heard.length === 12);
    heard.length = 0;
    await hosts(one, ['a', 'b', 'c']);
    await silent(one, 'dead', 3 * downTime);
    const moved = await Promise.all([...servers, ...servers].map((each) => failoverOf(each).check()));
    expect(moved.reduce((sum, count) => sum + count)).toBe(12);
    for (const network of networks) expect(await hostsOf(one, network)).toHaveLength(1);
    expect(await servedBy(one, 'dead')).toEqual([]);
    // Two servers do not see what the other is about to give.
    for (const host of ['a', 'b', 'c']) expect((await servedBy(one, host)).length).toBeGreaterThanOrEqual(2);
    await eventually(() => heard.length >= 12);
    expect(new Set(heard).size).toBe(12);
    expect(heard.filter((line) => line.startsWith('dead '))).toEqual([]);
    const ports = await one.core.ports.list(admin, { ...listAll, filters: { device_owner: ['network:dhcp'] } });
    expect(ports.map(({ device_id }) => device_id)).toEqual(Array.from({ length: 12 }, () => 'reserved_dhcp_port'));
  });

  test('stay where nobody lives, and are not all given to the first that is heard again', async () => {
    const one = await server();
    await hosts(one, ['a', 'b']);
    for (let n = 0; n < 4; n++) await networkWithSubnet(one, 'p1');
    await silent(one, 'a', 3 * downTime);
    await silent(one, 'b', 3 * downTime);
    const failover = failoverOf(one);
    const now = Date.now();
    expect(await failover.check(now)).toBe(0);
    expect([(await servedBy(one, 'a')).length, (await servedBy(one, 'b')).length]).toEqual([2, 2]);
    await report(one, { ...dhcpState('a'), start_flag: false });
    expect(await failover.check(now + (downTime / 2) * 1000), 'b had time to report').toBe(0);
    expect(await failover.check(now + (downTime + 1) * 1000)).toBe(2);
    expect((await servedBy(one, 'a')).length).toBe(4);
  });

  test('stay with an agent that has just started with many, and after the clock jumped', async () => {
    const one = await server();
    await hosts(one, ['busy']);
    const { network } = await networkWithSubnet(one, 'p1');
    await networkWithSubnet(one, 'p1');
    await hosts(one, ['idle']);
    // Two networks: four seconds more.
    await silent(one, 'busy', 3 * downTime, 2 * downTime + 2);
    const failover = failoverOf(one);
    const now = Date.now();
    expect(await failover.check(now)).toBe(0);
    await silent(one, 'busy', 3 * downTime);
    expect(await failover.check(now + 3_600_000), 'an hour later').toBe(0);
    expect(await failover.check(now), 'and back').toBe(0);
    expect(await failoverOf(one).check(now)).toBe(2);
    expect(await hostsOf(one, network)).toEqual(['idle']);
  });

  test('are taken from it and given to nobody where nothing is scheduled without being asked, or no agent is in their zones', async () => {
    const one = await server();
    await hosts(one, ['a'], { availability_zone: 'north' });
    const [network] = (await one.core.networks.create?.(admin, [{ name: 'n', project_id: 'p1', availability_zone_hints: ['north'] }])) ?? [];
    await one.core.subnets.create?.(admin, [{ network_id: idOf(network), project_id: 'p1', cidr: '10.0.0.0/24', ip_version: 4 }]);
    expect((await one.core.networks.get(admin, idOf(network)))['availability_zones']).toEqual(['north']);
    await hosts(one, ['b'], { availability_zone: 'south' });
    await silent(one, 'a', 3 * downTime);
    expect(await failoverOf(one).check()).toBe(1);
    expect(await hostsOf(one, network ?? {})).toEqual([]);
    expect((await one.core.networks.get(admin, idOf(network)))['availability_zones']).toEqual([]);
    // The agent finds its network again when it asks.
    await report(one, { ...dhcpState('a', { availability_zone: 'north' }), start_flag: false });
    expect(await one.call('get_active_networks_info', { host: 'a' }, '1.1')).toHaveLength(1);

    const manual = await server({ networkAutoSchedule: false });
    await hosts(one, ['c'], { availability_zone: 'north' });
    await silent(one, 'a', 3 * downTime);
    expect(await failoverOf(manual).check()).toBe(1);
    expect(await hostsOf(one, network ?? {})).toEqual([]);
  });

  test('cost one statement while all agents live', async () => {
    const one = await server();
    await hosts(one, ['a', 'b']);
    for (let n = 0; n < 3; n++) await networkWithSubnet(one, 'p1');
    const failover = failoverOf(one);
    expect(await one.during(() => failover.check())).toBe(1);
  });
});

test('of three agents that want one reserved port at once one gets it', async () => {
  const one = await server({ dhcpAgentsPerNetwork: 3 });
  const other = await server({ dhcpAgentsPerNetwork: 3 });
  await hosts(one, ['a', 'b', 'c']);
  const { network, subnet } = await networkWithSubnet(one, 'p1');
  const port = await dhcpPort(one, network, subnet, 'a');
  await one.scheduler.removeNetwork(admin, idOf(await agentOn(one, 'a')), idOf(network));
  await one.scheduler.addNetwork(admin, idOf(await agentOn(one, 'a')), idOf(network));
  const answers = await Promise.all(['a', 'b', 'c'].flatMap((host) => [one, other].map(async (at) => ({ host, port: await claim(at, port, host) }))));
  const winners = new Set(answers.flatMap(({ host, port: got }) => (got === null ? [] : [host])));
  expect(winners.size).toBe(1);
  const [winner = ''] = winners;
  expect(await one.core.ports.get(admin, idOf(port))).toMatchObject({ device_id: dhcpDeviceId(idOf(network), winner), 'binding:host_id': winner, fixed_ips: port['fixed_ips'] });
});

describe('an agent that is deleted', () => {
  test('leaves its networks, and the addresses of its ports, to others', async () => {
    const one = await server();
    await hosts(one, ['a']);
    const { network, subnet } = await networkWithSubnet(one, 'p1');
    const port = await dhcpPort(one, network, subnet, 'a');
    await hosts(one, ['b']);
    const heard = await hearing(['b']);
    await one.agents.agents.delete?.(admin, idOf(await agentOn(one, 'a')));
    expect(await hostsOf(one, network)).toEqual(['b']);
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([`b network_create_end ${idOf(network)}`]);
    expect(await claim(one, port, 'b')).toMatchObject({ id: port['id'], fixed_ips: port['fixed_ips'] });
  });
});

describe('a disabled agent', () => {
  const disabled = async (settings: ServerSettings) => {
    const one = await server(settings);
    await hosts(one, ['a']);
    const { network } = await networkWithSubnet(one, 'p1');
    const agent = idOf(await agentOn(one, 'a'));
    await one.agents.agents.update?.(admin, agent, { admin_state_up: false });
    const heard: string[] = [];
    const methods = { port_create_end: () => void heard.push('port_create_end') };
    stack.use(await broker.connect().listen({ topic: topics.dhcpAgent, server: 'a', endpoints: [{ version: '1.0', methods }] }));
    await instancePort(one, network);
    const { network: later } = await networkWithSubnet(one, 'p1');
    const byHand = await one.scheduler.addNetwork(admin, agent, idOf(later)).then(() => 'added', (error: { readonly type: string }) => error.type);
    if (settings.servesWhileDisabled === true) await eventually(() => heard.length > 0);
    else await new Promise((resolve) => setTimeout(resolve, 50));
    return { later: byHand, active: ((await one.call('get_active_networks_info', { host: 'a' }, '1.1')) as unknown as DhcpNetwork[]).length, heard };
  };

  test('serves nothing and is given nothing', async () => {
    expect(await disabled({})).toEqual({ later: 'InvalidDHCPAgent', active: 0, heard: [] });
  });

  test('goes on where it is to, but gets no new networks of itself', async () => {
    expect(await disabled({ servesWhileDisabled: true })).toEqual({ later: 'added', active: 2, heard: ['port_create_end'] });
  });
});

test.for([['networks', 'b'], ['subnets', 'a'], ['ports', 'b']] as const)('the load is counted in %s', async ([dhcpLoadType, next]) => {
  const one = await server({ dhcpLoadType });
  await hosts(one, ['a', 'b']);
  const serve = async (host: string, subnets: number, ports: number): Promise<void> => {
    const [network] = (await one.core.networks.create?.(admin, [{ name: 'n', project_id: 'p1' }])) ?? [];
    await one.scheduler.addNetwork(admin, idOf(await agentOn(one, host)), idOf(network));
    for (let n = 0; n < subnets; n++) await one.core.subnets.create?.(admin, [{ network_id: idOf(network), project_id: 'p1', cidr: `10.${n}.0.0/24`, ip_version: 4 }]);
    for (let n = 0; n < ports; n++) await instancePort(one, network ?? {});
  };
  await serve('a', 1, 2);
  await serve('a', 1, 2);
  await serve('b', 3, 1);
  const { network } = await networkWithSubnet(one, 'p1');
  expect(await hostsOf(one, network)).toEqual([next]);
});

test('without notifications agents hear of networks that they get, and of nothing else, and no port waits for them', async () => {
  const one = await server({ notifiesDhcpAgents: false });
  await hosts(one, ['a']);
  const { network } = await networkWithSubnet(one, 'p1');
  expect(await hostsOf(one, network)).toEqual([]);
  const heard = await hearing(['a']);
  await one.scheduler.addNetwork(admin, idOf(await agentOn(one, 'a')), idOf(network));
  await instancePort(one, network);
  await eventually(() => heard.length > 0);
  expect(heard).toEqual([`a network_create_end ${idOf(network)}`]);
  expect(await one.db.selectFrom('provisioning_blocks').selectAll().where('entity', '=', 'DHCP').execute()).toEqual([]);
});
