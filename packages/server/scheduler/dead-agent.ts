import type { Tx } from '../db/types.ts';

/** Whether the agent was not heard since. It is locked: a report that comes this moment finds what it had moved, or keeps it from being moved. */
export async function isDead(tx: Tx, agentId: string, notHeardSince: string): Promise<boolean> {
  const dead = tx.selectFrom('agents').select('id').where('id', '=', agentId).where('heartbeat_timestamp', '<', notHeardSince);
  return (await dead.forUpdate().executeTakeFirst()) !== undefined;
}
