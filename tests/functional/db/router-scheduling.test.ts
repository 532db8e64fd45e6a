import { databaseTime } from '@neutrino/server/db/database-time';
import type { Db } from '@neutrino/server/db/types';
import { createL3AgentScheduler, type L3AgentScheduler } from '@neutrino/server/scheduler/l3-agent-scheduler';
import { downRouterBindings, routerCounts } from '@neutrino/server/scheduler/router-bindings';
import type { L3Plugin } from '@neutrino/server/services/l3/create-l3-plugin';
import { describe, expect, test } from 'vitest';
import { startL3 } from './l3-server.ts';
import { admin, createOne, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

interface Asked {
  /** Statements that count what agents have. */
  readonly counts: number;
  /** Statements about which agent has which router, those among them. */
  readonly all: number;
}

/** Statements about bindings of routers; what else is asked meanwhile (which agents there are) is asked now and then. */
function watched(plain: Db): { readonly db: Db; during(work: () => Promise<unknown>): Promise<Asked> } {
  const seen: string[] = [];
  const db = plain.withPlugin({
    transformQuery({ node }) {
      const text = JSON.stringify(node, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
      if (text.includes('router_l3_agent_bindings')) seen.push(text);
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  });
  return {
    db,
    async during(work) {
      seen.length = 0;
      await work();
      return { counts: seen.filter((text) => text.includes('AggregateFunctionNode')).length, all: seen.length };
    },
  };
}

const quiet = { info: () => undefined, warn: () => undefined };

function schedulerOf(db: Db, { agents, routers, ha }: Ml2Server & L3Plugin): L3AgentScheduler {
  return createL3AgentScheduler({ db, agentService: agents, routers, ha, log: quiet, settings: { routerAutoSchedule: true, defaultAvailabilityZones: [], servesWhileDisabled: false, maxAgentsPerHaRouter: 2 } });
}

async function addRouters(server: L3Plugin, number: number, more = {}): Promise<readonly string[]> {
  const ids: string[] = [];
  for (let index = 0; index < number; index += 1) ids.push((await createOne(server.routers, admin, { project_id: 'p', ...more })).id);
  return ids;
}

const report = (server: Ml2Server, host: string, zone = 'nova'): Promise<unknown> =>
  server.agents.report({ binary: 'neutron-l3-agent', agent_type: 'L3 agent', host, topic: 'l3_agent', availability_zone: zone, configurations: {}, start_flag: true }, new Date().toISOString());

const loads = async (db: Db): Promise<readonly number[]> => [...(await routerCounts(db)).values()].toSorted((a, b) => a - b);

describe('placing many routers', () => {
  test('counts what each agent has once, and spreads them evenly', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = watched(scratch.db);
    const server = startL3(db);
    const scheduler = schedulerOf(db, server);
    for (const host of ['net-1', 'net-2', 'net-3']) await report(server, host);
    const place = async (number: number): Promise<Asked> => {
      const ids = await addRouters(server, number);
      return during(() => scheduler.schedule(ids));
    };
    const few = await place(3);
    const many = await place(30);
    expect([few.counts, many.counts]).toEqual([1, 1]);
    // Whether it has one, and that it has: of each router.
    expect(many.all - few.all).toBe(27 * 2);
    expect(await loads(db)).toEqual([11, 11, 11]);
  });

  test('counts nothing where one agent asks for them all', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = watched(scratch.db);
    const server = startL3(db);
    await addRouters(server, 20);
    await report(server, 'net-1');
    expect((await during(() => schedulerOf(db, server).autoSchedule('net-1'))).counts).toBe(0);
    expect(await loads(db)).toEqual([20]);
  });

  test('counts once where they are highly available, each at several agents', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = watched(scratch.db);
    const server = startL3(db);
    const ids = await addRouters(server, 6, { ha: true });
    for (const host of ['net-1', 'net-2', 'net-3']) await report(server, host);
    const scheduler = schedulerOf(db, server);
    const placed = await during(() => scheduler.schedule(ids));
    expect(placed.counts).toBe(1);
    expect(await loads(db)).toEqual([4, 4, 4]);
  });

  test('from an agent that is not heard any more counts once, and spreads them evenly over the others', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = watched(scratch.db);
    const server = startL3(db);
    const scheduler = schedulerOf(db, server);
    const ids = await addRouters(server, 20);
    await report(server, 'net-1');
    await scheduler.schedule(ids);
    for (const host of ['net-2', 'net-3']) await report(server, host);
    await db.updateTable('agents').set({ heartbeat_timestamp: databaseTime(new Date(Date.now() - 3_600_000)) }).where('host', '=', 'net-1').execute();
    const notHeardSince = databaseTime(new Date(Date.now() - 60_000));
    const lost = await downRouterBindings(db, notHeardSince);
    const moving = await during(async () => expect(await scheduler.moveFromDead(lost, notHeardSince)).toBe(20));
    expect(moving.counts).toBe(1);
    expect(await loads(db)).toEqual([10, 10]);
  });

  test('one whose agent another server has just deleted keeps no other waiting', async () => {
    await using scratch = await scratchDatabase();
    const server = startL3(scratch.db);
    const scheduler = schedulerOf(scratch.db, server);
    await report(server, 'gone', 'zone-1');
    await report(server, 'net-1', 'zone-2');
    const zones = ['zone-1', 'zone-2', 'zone-1', 'zone-2'];
    const ids: string[] = [];
    for (const zone of zones) ids.push(...(await addRouters(server, 1, { availability_zone_hints: [zone] })));
    expect(await scheduler.hasCandidates()).toBe(true);
    await scratch.db.deleteFrom('agents').where('host', '=', 'gone').execute();
    await scheduler.schedule(ids);
    const served = await scheduler.agentsOfRouters(ids);
    expect(ids.map((id) => served.get(id)?.map(({ host }) => host) ?? [])).toEqual([[], ['net-1'], [], ['net-1']]);
  });
});
