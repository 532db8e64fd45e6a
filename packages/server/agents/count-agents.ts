import { sql } from 'kysely';
import type { Db } from '../db/types.ts';
import { aliveSince } from './agent-views.ts';

/** How many agents there are of each type, alive and dead. */
export async function countAgents(db: Db, agentDownTimeSeconds: number): Promise<readonly { readonly agentType: string; readonly alive: boolean; readonly count: number }[]> {
  const rows = await db
    .selectFrom('agents')
    .select(['agent_type', sql<number>`sum(case when heartbeat_timestamp >= ${aliveSince(agentDownTimeSeconds)} then 1 else 0 end)`.as('alive'), sql<number>`count(*)`.as('all')])
    .groupBy('agent_type')
    .execute();
  return rows.flatMap(({ agent_type: agentType, alive, all }) => [
    { agentType, alive: true, count: Number(alive) },
    { agentType, alive: false, count: Number(all) - Number(alive) },
  ]);
}
