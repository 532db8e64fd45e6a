import type { JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { listAll } from '@neutrino/server/api/resource-handler';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, report, reportAgents, runningServer, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await runningServer({ agentDownTimeSeconds: 60 });
});
afterEach(() => server[Symbol.asyncDispose]());

const state: JsonObject = { agent_type: 'Linux bridge agent', binary: 'neutron-linuxbridge-agent', topic: 'N/A', host: 'h1', configurations: { tunnel_types: ['vxlan'] } };
const beat: JsonObject = { ...state, start_flag: false };
const only = async (): Promise<JsonObject> => {
  const [agent, ...others] = await server.agents.agents.list(admin, listAll);
  expect(others).toEqual([]);
  return agent ?? {};
};
const sleepAgents = (): Promise<unknown> => server.db.updateTable('agents').set({ heartbeat_timestamp: '2020-01-01 00:00:00' }).execute();
/** What a server remembers of agents is at most a second old. */
const forgotten = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

describe('a report', () => {
  test('makes the agent, keeps it alive, and revives it', async () => {
    expect(await report(server, state)).toBe('new');
    expect(await only()).toMatchObject({ ...state, alive: true, admin_state_up: true, availability_zone: null, description: null });
    expect((await only())['created_at']).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(await report(server, beat)).toBe('alive');
    await sleepAgents();
    expect(await only()).toMatchObject({ alive: false });
    await forgotten();
    expect(await report(server, beat)).toBe('revived');
    expect(await only()).toMatchObject({ alive: true });
  });

  test('in which nothing changed costs one statement', async () => {
    await report(server, state);
    await report(server, beat);
    expect(await server.during(() => report(server, beat))).toBe(1);
  });

  test('is announced where the agent can do more than before, not where it counts more', async () => {
    const announced: string[] = [];
    server.callbacks.subscribe(({ resource, operation }) => void (resource === 'agent' && announced.push(operation)));
    await report(server, state);
    await report(server, { ...beat, configurations: { tunnel_types: ['vxlan'], devices: 1 } });
    announced.length = 0;
    await report(server, { ...beat, configurations: { tunnel_types: ['vxlan'], devices: 2 } });
    expect(announced).toEqual([]);
    await report(server, { ...beat, configurations: { tunnel_types: ['vxlan', 'gre'], devices: 2 } });
    expect(announced).toEqual(['update']);
    expect(await only()).toMatchObject({ configurations: { tunnel_types: ['vxlan', 'gre'], devices: 2 } });
  });

  test('of fifty agents of one host and type at once makes one', async () => {
    const statuses = await Promise.all(Array.from({ length: 50 }, () => report(server, state)));
    expect(statuses.filter((status) => status === 'new')).toHaveLength(1);
    await only();
  });

  test('with a wrong clock, without a time, or with odd configurations is taken', async () => {
    const call = (args: JsonObject) => server.connect().call({}, { topic: topics.reports, version: '1.2' }, 'report_state', args);
    expect(await call({ agent_state: { agent_state: { ...state, start_flag: true } }, time: '1999-01-01T00:00:00.000000' })).toBe('new');
    expect(await call({ agent_state: { agent_state: beat } })).toBe('alive');
    expect(await call({ agent_state: { agent_state: { ...beat, configurations: 'none' } }, time: 'yesterday' })).toBe('alive');
    expect(await only()).toMatchObject({ configurations: {} });
  });

  test('that comes after the agent was deleted makes it again', async () => {
    await report(server, state);
    await server.agents.agents.delete?.(admin, idOf(await only()));
    expect(await report(server, beat)).toBe('new');
  });
});

describe('agents', () => {
  test('are listed by life, host and type, and read by the directory', async () => {
    await reportAgents(server, 'h1');
    await reportAgents(server, 'h2');
    const count = async (filters: Record<string, (string | boolean)[]>): Promise<number> => (await server.agents.agents.list(admin, { ...listAll, filters })).length;
    expect([await count({}), await count({ alive: [true] }), await count({ alive: [false] }), await count({ host: ['h1'] }), await count({ agent_type: ['DHCP agent'], host: ['h2', 'h3'] })]).toEqual([4, 4, 0, 2, 1]);
    expect((await server.agents.directory.agentsOnHost('h1')).map(({ agent_type }) => agent_type).toSorted()).toEqual(['DHCP agent', 'Linux bridge agent']);
    expect(await server.agents.directory.hasDhcpAgent('any')).toBe(true);
  });

  test('taken out of service hear of it', async () => {
    await reportAgents(server, 'h1');
    const heard: JsonObject[] = [];
    await server.connect().listen({ topic: topics.dhcpAgent, server: 'h1', endpoints: [{ version: '1.0', methods: { agent_updated: (_, args) => void heard.push(args) } }] });
    const [agent] = await server.agents.agents.list(admin, { ...listAll, filters: { agent_type: ['DHCP agent'] } });
    await server.agents.agents.update?.(admin, idOf(agent), { description: 'rack 7' });
    await server.agents.agents.update?.(admin, idOf(agent), { admin_state_up: false });
    await eventually(() => heard.length > 0);
    expect(heard).toEqual([{ payload: { admin_state_up: false } }]);
    expect(await server.agents.agents.get(admin, idOf(agent))).toMatchObject({ description: 'rack 7', admin_state_up: false });
    expect(await server.agents.directory.hasDhcpAgent('any')).toBe(false);
    expect(await server.agents.availabilityZones.list(admin, listAll)).toEqual([{ name: 'nova', resource: 'network', state: 'unavailable' }]);
  });

  test('learn of the other ends of tunnels', async () => {
    await reportAgents(server, 'h1');
    const tunnels = ((await server.call('tunnel_sync', { tunnel_ip: '192.0.2.9', tunnel_type: 'vxlan', host: 'h9' }, '1.4')) as JsonObject)['tunnels'];
    expect(tunnels).toEqual([{ ip_address: '192.0.2.9', host: 'h9', udp_port: 4789 }, { ip_address: '192.0.2.1', host: 'h1', udp_port: 4789 }]);
  });

  test('hear that nobody has trunks and policies, by the error that they expect', async () => {
    const pull = server.call('pull', { resource_type: 'Trunk', version: '1.1', resource_id: 'p1' });
    await expect(pull).rejects.toMatchObject({ remoteType: 'CallbackNotFound', message: 'Callback for Trunk not found' });
  });

  test('see that the server lives', async () => {
    expect(await server.connect().call({}, { topic: topics.reports, version: '1.3' }, 'has_alive_neutron_server', {})).toBe(true);
    await report(server, state);
    await server.connect().call({}, { topic: topics.reports, version: '1.4' }, 'delete_agent', { host: 'h1', agent_type: 'Linux bridge agent' });
    expect(await server.connect().call({}, { topic: topics.reports, version: '1.4' }, 'get_agents', { host: 'h1' })).toEqual([]);
  });
});
