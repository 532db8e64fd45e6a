import { inList, unlessEmpty } from '../db/id-list.ts';
import type { DbOrTx, Tx } from '../db/types.ts';

/** Router → ids of the L3 agents that have it, in one query. */
export async function agentIdsOfRouters(db: DbOrTx, routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(routerIds, (ids) => db.selectFrom('router_l3_agent_bindings').selectAll().where(inList('router_id', ids)).orderBy('binding_index').execute());
  return new Map([...Map.groupBy(rows, ({ router_id }) => router_id)].map(([id, own]) => [id, own.map(({ l3_agent_id }) => l3_agent_id)]));
}

export async function routerIdsOfAgent(db: DbOrTx, agentId: string): Promise<readonly string[]> {
  const rows = await db.selectFrom('router_l3_agent_bindings').select('router_id').where('l3_agent_id', '=', agentId).orderBy('router_id').execute();
  return rows.map(({ router_id }) => router_id);
}

/** Agent → how many routers it has; agents without any are not in it. */
export async function routerCounts(db: DbOrTx): Promise<ReadonlyMap<string, number>> {
  const rows = await db
    .selectFrom('router_l3_agent_bindings')
    .select(({ fn }) => ['l3_agent_id', fn.countAll<number | string | bigint>().as('count')])
    .groupBy('l3_agent_id')
    .execute();
  return new Map(rows.map(({ l3_agent_id, count }) => [l3_agent_id, Number(count)]));
}

export async function bindRouter(tx: Tx, routerId: string, agentId: string): Promise<void> {
  await tx.insertInto('router_l3_agent_bindings').values({ router_id: routerId, l3_agent_id: agentId, binding_index: 1 }).execute();
}

export async function unbindRouter(tx: Tx, routerId: string, agentId: string): Promise<void> {
  await tx.deleteFrom('router_l3_agent_bindings').where('router_id', '=', routerId).where('l3_agent_id', '=', agentId).execute();
}

/** A router at an agent that was not heard lately. */
export interface DownRouterBinding {
  readonly routerId: string;
  readonly agentId: string;
  readonly host: string;
  readonly topic: string;
}

/** What agents have that were last heard before `time` and are not switched off: one query, and nothing where all are well. */
export async function downRouterBindings(db: DbOrTx, time: string): Promise<readonly DownRouterBinding[]> {
  return db
    .selectFrom('router_l3_agent_bindings as binding')
    .innerJoin('agents', 'agents.id', 'binding.l3_agent_id')
    .innerJoin('routers', 'routers.id', 'binding.router_id')
    .select(['binding.router_id as routerId', 'agents.id as agentId', 'agents.host', 'agents.topic'])
    .where('agents.heartbeat_timestamp', '<', time)
    .where('agents.admin_state_up', '=', 1)
    // The other copies of a highly available one take over by themselves.
    .where('routers.ha', '=', 0)
    .orderBy('binding.router_id')
    .execute();
}
