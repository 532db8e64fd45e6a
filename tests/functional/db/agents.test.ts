import type { JsonObject } from '@neutrino/lib/json';
import { RemoteError } from '@neutrino/lib/rpc/messaging';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { listAll } from '@neutrino/server/api/resource-handler';
import { databaseTime } from '@neutrino/server/db/database-time';
import { transact } from '@neutrino/server/db/transact';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { liveAgent } from '../../support/live-agent.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { admin, idOf, instancePort, networkWithSubnet, report, reportAgents, runningServer, type RunningServer, type ServerSettings } from '../rpc/running-server.ts';
import { scratchDatabase, type ScratchDatabase } from './scratch-database.ts';

const downTime = 60;
let database: ScratchDatabase;
let stack: AsyncDisposableStack;
beforeAll(async () => {
  database = await scratchDatabase();
});
afterAll(() => database[Symbol.asyncDispose]());
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await transact(database.db, async (tx) => {
    for (const table of ['ports', 'subnets', 'networks', 'agents'] as const) await tx.deleteFrom(table).execute();
  });
});

const server = async (settings: ServerSettings = {}): Promise<RunningServer> =>
  stack.use(await runningServer({ database: database.url, broker: stack.use(createBroker()), agentDownTimeSeconds: downTime, ...settings }));
const state: JsonObject = { agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host: 'h1', configurations: { tunnel_types: ['vxlan'], devices: 1 }, resource_versions: { Port: '1.1' } };
const beat = (more: JsonObject = {}): JsonObject => {
  const { resource_versions: _told, ...rest } = state;
  return { ...rest, start_flag: false, ...more };
};
const only = async (of: RunningServer): Promise<JsonObject> => {
  const [agent, ...others] = await of.agents.agents.list(admin, listAll);
  expect(others).toEqual([]);
  return agent ?? {};
};
const lastHeard = (of: RunningServer, secondsAgo: number): Promise<unknown> =>
  of.db.updateTable('agents').set({ heartbeat_timestamp: databaseTime(new Date(Date.now() - secondsAgo * 1000)) }).execute();

describe('reports', () => {
  test('in which nothing is new are one statement each, whoever heard the last one, and keep the agent alive', async () => {
    const [one, other] = [await server(), await server()];
    await report(one, state);
    await lastHeard(one, downTime / 2);
    for (const each of [one, other, one, other]) {
      expect(await each.during(async () => expect(await report(each, beat())).toBe('alive'))).toBe(1);
    }
    expect(await only(one)).toMatchObject({ alive: true, resource_versions: { Port: '1.1' } });
    expect((await only(one))['heartbeat_timestamp']).not.toBe(databaseTime(new Date(Date.now() - (downTime / 2) * 1000)));
  });

  test('are taken at their word, whichever server heard what went before', async () => {
    const [one, other] = [await server(), await server()];
    await report(one, state);
    const devices = async (): Promise<unknown> => ((await only(one))['configurations'] as JsonObject)['devices'];
    await report(other, beat({ configurations: { tunnel_types: ['vxlan'], devices: 2 } }));
    expect(await devices()).toBe(2);
    await report(one, beat());
    expect(await devices()).toBe(1);
    await report(one, beat({ topic: 'elsewhere' }));
    expect(await only(other)).toMatchObject({ topic: 'elsewhere', resource_versions: { Port: '1.1' } });
    await report(other, beat({ topic: 'elsewhere', resource_versions: { Port: '1.2' } }));
    await report(one, beat({ topic: 'elsewhere', resource_versions: { Port: '1.2' } }));
    expect(await only(one)).toMatchObject({ resource_versions: { Port: '1.2' } });
  });

  test('of an agent that was dead revive it once', async () => {
    const [one, other] = [await server(), await server()];
    await report(one, state);
    await lastHeard(one, downTime + 5);
    expect(await only(one)).toMatchObject({ alive: false });
    const answers = await Promise.all([one, other, one, other].map((each) => report(each, beat())));
    expect(answers.toSorted()).toEqual(['alive', 'alive', 'alive', 'revived']);
  });

  test('doubled, or of an unknown kind of agent, make one agent of each kind', async () => {
    const [one, other] = [await server(), await server()];
    const strange = { ...state, agent_type: 'Teapot agent', binary: 'teapot', topic: 'tea' };
    await Promise.all([one, other, one, other].flatMap((each) => [report(each, state), report(each, strange)]));
    const agents = await one.agents.agents.list(admin, listAll);
    expect(agents.map(({ agent_type }) => agent_type).toSorted()).toEqual(['Linux bridge agent', 'Teapot agent']);
    expect(agents.every(({ alive }) => alive === true)).toBe(true);
    expect(await one.agents.availabilityZones.list(admin, listAll)).toEqual([]);
  });

  test('with much in them are kept, and with more than a row holds are refused by name', async () => {
    const one = await server();
    const mappings = (count: number): JsonObject => ({ bridge_mappings: Object.fromEntries(Array.from({ length: count }, (_, n) => [`physnet${n}`, `bridge-ü${n}`])) });
    await report(one, { ...state, configurations: mappings(2000) });
    expect(await only(one)).toMatchObject({ configurations: mappings(2000), alive: true });
    const refused = report(one, { ...state, configurations: mappings(3000) });
    await expect(refused).rejects.toThrow(RemoteError);
    await expect(refused).rejects.toThrow('agent_state.configurations must have at most 65535 bytes');
    expect(await only(one)).toMatchObject({ configurations: mappings(2000) });
  });

  test('leave alone what an administrator set, and a disabled agent stays so through a restart', async () => {
    const one = await server();
    await report(one, state);
    await one.agents.agents.update?.(admin, idOf(await only(one)), { admin_state_up: false, description: 'rack 7' });
    expect(await report(one, state)).toBe('alive');
    expect(await only(one)).toMatchObject({ admin_state_up: false, description: 'rack 7' });
  });
});

test('the port of a dead wire agent keeps its status; one that comes to its host is not bound, until the agent returns', async () => {
  const one = await server();
  await reportAgents(one, 'compute-1');
  const { network } = await networkWithSubnet(one, 'p1');
  const wired = await instancePort(one, network, { 'binding:host_id': 'compute-1' });
  await one.call('update_device_up', { device: idOf(wired), host: 'compute-1', agent_id: 'lb' }, '1.0');
  await one.call('dhcp_ready_on_ports', { port_ids: [idOf(wired)] }, '1.5');
  await lastHeard(one, downTime + 5);
  await one.agents.directory.agents('Linux bridge agent', { current: true });
  expect(await one.core.ports.get(admin, idOf(wired))).toMatchObject({ status: 'ACTIVE', 'binding:vif_type': 'bridge' });
  const late = await instancePort(one, network, { 'binding:host_id': 'compute-1' });
  expect(late).toMatchObject({ status: 'DOWN', 'binding:vif_type': 'binding_failed' });
  await report(one, { agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host: 'compute-1', configurations: { tunnel_types: ['vxlan'], tunneling_ip: '192.0.2.1' }, start_flag: false });
  expect(await one.core.ports.get(admin, idOf(late))).toMatchObject({ 'binding:vif_type': 'bridge' });
});

describe('a server with a dead DHCP agent, after a while,', () => {
  const caller = { project: 'p1' };
  /** A network that the dead agent serves, and another agent that lives. */
  const withDeadAgent = async (settings: string): Promise<{ readonly hosts: () => Promise<readonly unknown[]>; readonly server: NetworkServer }> => {
    const running = stack.use(await networkServer(`agent_down_time = 1\n${settings}`));
    const { db, create, request } = running;
    for (const host of ['dead', 'alive']) for (const kind of ['Linux bridge agent', 'DHCP agent'] as const) await liveAgent(db, host, kind);
    const network = await create(caller, '/v2.0/networks', { network: {} });
    const path = `/v2.0/networks/${idOf(network)}/dhcp-agents`;
    const agents = (await request(caller, 'GET', '/v2.0/agents?host=dead&agent_type=DHCP%20agent')).body['agents'] as readonly JsonObject[];
    await request(caller, 'POST', `/v2.0/agents/${idOf(agents[0])}/dhcp-networks`, { network_id: idOf(network) });
    await create(caller, '/v2.0/subnets', { subnet: { network_id: idOf(network), ip_version: 4, cidr: '10.0.0.0/24' } });
    await db.updateTable('agents').set({ heartbeat_timestamp: '2020-01-01 00:00:00', started_at: '2020-01-01 00:00:00' }).where('id', '=', idOf(agents[0])).execute();
    return { server: running, hosts: async () => ((await request(caller, 'GET', path)).body['agents'] as readonly JsonObject[]).map(({ host }) => host) };
  };

  test('has given its network to another, by default and not where that is switched off', async () => {
    const [moving, staying] = [await withDeadAgent(''), await withDeadAgent('allow_automatic_dhcp_failover = false\n')];
    expect(await staying.hosts()).toEqual(['dead']);
    await expect.poll(moving.hosts, { timeout: 60_000 }).toEqual(['alive']);
    // Both check, or would, every second.
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await staying.hosts()).toEqual(['dead']);
    expect([...moving.server.errors, ...staying.server.errors]).toEqual([]);
  });
});
