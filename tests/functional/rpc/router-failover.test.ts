import type { Json, JsonObject } from '@neutrino/lib/json';
import { topics } from '@neutrino/lib/rpc/topics';
import { databaseTime } from '@neutrino/server/db/database-time';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, alice } from '../../support/callers.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { shortCalls } from '../../support/short-calls.ts';

let server: NetworkServer;
let heard: string[];
const { object, list, create } = shortCalls(() => server);

/** Agents that are lost are looked for every second. */
const settings = 'service_plugins = router\nagent_down_time = 3\nallow_automatic_l3agent_failover = true\n';
beforeEach(async () => {
  server = await networkServer(settings);
  heard = [];
});
afterEach(() => server[Symbol.asyncDispose]());

const asked = (topic: string, method: string, args: JsonObject): Promise<Json> => server.connect().call({}, { topic, version: '1.0' }, method, args);

/** An L3 agent that reports once; as long as it is not `lost` it seems to report for ever. */
async function l3Agent(host: string): Promise<string> {
  const hear = (method: string) => [method, (_context: unknown, args: JsonObject): null => { heard.push(`${host} ${method} ${JSON.stringify(args)}`); return null; }] as const;
  await server.connect().listen({ topic: topics.l3Agent, server: host, endpoints: [{ version: '1.2', methods: Object.fromEntries(['router_added_to_agent', 'router_removed_from_agent'].map(hear)) }] });
  const state = { binary: 'neutron-l3-agent', host, topic: topics.l3Agent, agent_type: 'L3 agent', availability_zone: 'nova', start_flag: true, configurations: { agent_mode: 'legacy' } };
  await asked(topics.reports, 'report_state', { agent_state: { agent_state: state }, time: new Date().toISOString() });
  await lastHeard(host, 3600);
  const [agent] = await list(admin, `/v2.0/agents?host=${host}`);
  return String(agent?.['id']);
}
async function lastHeard(host: string, seconds: number): Promise<void> {
  await server.db.updateTable('agents').set({ heartbeat_timestamp: databaseTime(new Date(Date.now() + seconds * 1000)) }).where('host', '=', host).execute();
}
const hostsOf = async (router: string): Promise<readonly unknown[]> => (await list(admin, `/v2.0/routers/${router}/l3-agents`)).map(({ host }) => host);
const routersOf = async (host: string): Promise<Json> => asked(topics.l3Plugin, 'get_router_ids', { host });
const patience = { timeout: 60_000 };

describe('routers of an L3 agent that is not heard any more', () => {
  test('go to another one, which hears of it, and stay there when the first comes back', async () => {
    await l3Agent('net-1');
    const id = await create(alice, 'router', {});
    expect(await routersOf('net-1')).toEqual([id]);
    await l3Agent('net-2');
    await lastHeard('net-1', -60);
    await expect.poll(() => hostsOf(id), patience).toEqual(['net-2']);
    await expect.poll(() => heard).toEqual([`net-1 router_removed_from_agent {"payload":{"router_id":"${id}"}}`, `net-2 router_added_to_agent {"payload":["${id}"]}`]);
    await lastHeard('net-1', 3600);
    expect(await routersOf('net-1')).toEqual([]);
    expect(await routersOf('net-2')).toEqual([id]);
  });

  test('stay where no other agent is for them, and where it was switched off', async () => {
    const off = await l3Agent('net-1');
    const id = await create(alice, 'router', {});
    expect(await routersOf('net-1')).toEqual([id]);
    await object(admin, 'PUT', `/v2.0/agents/${off}`, { agent: { admin_state_up: false } });
    await l3Agent('net-2');
    const here = await create(alice, 'router', {});
    expect(await routersOf('net-2')).toEqual([here]);
    await lastHeard('net-1', -60);
    await lastHeard('net-2', -60);
    await new Promise((resolve) => setTimeout(resolve, 3_500));
    expect([await hostsOf(id), await hostsOf(here)]).toEqual([['net-1'], ['net-2']]);
    // One more agent takes the routers of those that are lost, and of those alone.
    await l3Agent('net-3');
    await expect.poll(() => hostsOf(here), patience).toEqual(['net-3']);
    expect(await hostsOf(id)).toEqual(['net-1']);
  });
});

test('an agent that is switched off has no routers, unless those are to serve on', async () => {
  const agent = await l3Agent('net-1');
  const id = await create(alice, 'router', {});
  expect(await routersOf('net-1')).toEqual([id]);
  const switchOff = (which: string): Promise<JsonObject> => object(admin, 'PUT', `/v2.0/agents/${which}`, { agent: { admin_state_up: false } });
  await switchOff(agent);
  expect(await routersOf('net-1')).toEqual([]);
  await server[Symbol.asyncDispose]();
  server = await networkServer(`${settings}enable_services_on_agents_with_admin_state_down = true\n`);
  const other = await l3Agent('net-1');
  const stays = await create(alice, 'router', {});
  expect(await routersOf('net-1')).toEqual([stays]);
  await switchOff(other);
  expect(await routersOf('net-1')).toEqual([stays]);
  const another = await create(alice, 'router', {});
  expect(await routersOf('net-1')).toEqual([stays]);
  await object(admin, 'POST', `/v2.0/agents/${other}/l3-routers`, { router_id: another });
  expect(new Set((await routersOf('net-1')) as readonly string[])).toEqual(new Set([stays, another]));
});
