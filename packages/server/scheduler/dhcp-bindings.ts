import type { DhcpLoadType } from '../agents/report-state.ts';
import { recordChanges } from '../change-log/record-changes.ts';
import { inList, unlessEmpty } from '../db/id-list.ts';
import type { DbOrTx, Tx } from '../db/types.ts';

/** network id → ids of its DHCP agents, in one query. */
export async function agentIdsOfNetworks(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db.selectFrom('network_dhcp_agent_bindings').selectAll().where(inList('network_id', part)).orderBy('dhcp_agent_id').execute(),
  );
  const agents = new Map<string, string[]>();
  for (const { network_id, dhcp_agent_id } of rows) {
    const known = agents.get(network_id);
    if (known) known.push(dhcp_agent_id);
    else agents.set(network_id, [dhcp_agent_id]);
  }
  return agents;
}

/** agent id → how many networks, subnets or ports it serves; agents that serve none are not in it. */
export async function dhcpLoads(db: DbOrTx, type: DhcpLoadType): Promise<ReadonlyMap<string, number>> {
  const bindings = db.selectFrom('network_dhcp_agent_bindings as binding');
  const counted =
    type === 'networks'
      ? bindings
      : type === 'subnets'
        ? bindings.innerJoin('subnets', 'subnets.network_id', 'binding.network_id')
        : bindings.innerJoin('ports', 'ports.network_id', 'binding.network_id');
  const rows = await counted
    .select(({ fn }) => ['binding.dhcp_agent_id', fn.countAll<number | string | bigint>().as('load')])
    .groupBy('binding.dhcp_agent_id')
    .execute();
  return new Map(rows.map((row) => [row.dhcp_agent_id, Number(row.load)]));
}

/** A network at an agent that was not heard lately. */
export interface DownBinding {
  readonly networkId: string;
  readonly agentId: string;
  readonly host: string;
  readonly startedAt: string;
}

/** What agents serve that were last heard before `time`: one query, and nothing where all are well. */
export async function downBindings(db: DbOrTx, time: string): Promise<readonly DownBinding[]> {
  return db
    .selectFrom('network_dhcp_agent_bindings as binding')
    .innerJoin('agents', 'agents.id', 'binding.dhcp_agent_id')
    .select(['binding.network_id as networkId', 'agents.id as agentId', 'agents.host', 'agents.started_at as startedAt'])
    .where('agents.heartbeat_timestamp', '<', time)
    .orderBy('binding.network_id')
    .execute();
}

export async function networkIdsOfAgent(db: DbOrTx, agentId: string): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('network_dhcp_agent_bindings')
    .select('network_id')
    .where('dhcp_agent_id', '=', agentId)
    .orderBy('network_id')
    .execute();
  return rows.map(({ network_id }) => network_id);
}

/** False where it was so already. */
export async function bindNetwork(db: Tx, networkId: string, agentId: string): Promise<boolean> {
  const known = await db
    .selectFrom('network_dhcp_agent_bindings')
    .select('network_id')
    .where('network_id', '=', networkId)
    .where('dhcp_agent_id', '=', agentId)
    .executeTakeFirst();
  if (known !== undefined) return false;
  await db.insertInto('network_dhcp_agent_bindings').values({ network_id: networkId, dhcp_agent_id: agentId }).execute();
  await recordChanges(db, [{ kind: 'served', subject: agentId, object: networkId }]);
  return true;
}

/** False where it was not so. */
export async function unbindNetwork(db: Tx, networkId: string, agentId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('network_dhcp_agent_bindings')
    .where('network_id', '=', networkId)
    .where('dhcp_agent_id', '=', agentId)
    .executeTakeFirstOrThrow();
  if (numDeletedRows > 0n) await recordChanges(db, [{ kind: 'served', subject: agentId, object: networkId }]);
  return numDeletedRows > 0n;
}
