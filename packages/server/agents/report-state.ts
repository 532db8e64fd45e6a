import type { AgentStatus } from '@neutrino/lib/rpc/payloads';
import { isDeepStrictEqual } from 'node:util';
import { recordChanges } from '../change-log/record-changes.ts';
import { databaseTime } from '../db/database-time.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import { agentTypes, aliveSince, storedObject, type AgentRow } from './agent-views.ts';
import type { AgentCache } from './agent-cache.ts';
import { reportDigest, type ReportedState } from './reported-state.ts';
import { tunnelEndOf } from './tunnel-end.ts';

export interface ReportSettings {
  readonly agentDownTimeSeconds: number;
  /** `enable_new_agents`: an agent heard for the first time is administratively up. */
  readonly enableNewAgents: boolean;
  /** `dhcp_load_type`: which of the counts that a DHCP agent reports is its load. */
  readonly dhcpLoadType: DhcpLoadType;
}

export type DhcpLoadType = 'networks' | 'subnets' | 'ports';

export interface HeardAgent {
  readonly status: AgentStatus;
  readonly row: AgentRow;
  /** As it was before; absent where it was not known. */
  readonly before?: AgentRow;
}

/**
 * Writes what an agent reported. The usual report, in which nothing is new, is one UPDATE by key that reads nothing, and
 * returns 'heartbeat': a thousand agents do that all the time.
 */
export async function recordReport(db: Db, cache: AgentCache, state: ReportedState, settings: ReportSettings): Promise<HeardAgent | 'heartbeat'> {
  if (!state.started && (await beat(db, cache, state, settings))) return 'heartbeat';
  const heard = await transact(db, (tx) => upsert(tx, state, settings));
  cache.forget();
  return heard;
}

/** False where the agent is not known, was dead, or says something new. */
async function beat(db: Db, cache: AgentCache, state: ReportedState, settings: ReportSettings): Promise<boolean> {
  const { agent_type, host, resource_versions } = state;
  const now = databaseTime();
  let update = db
    .updateTable('agents')
    .set({ heartbeat_timestamp: now })
    .where('agent_type', '=', agent_type)
    .where('host', '=', host)
    .where('reported_digest', '=', reportDigest(state, settings.dhcpLoadType))
    .where('heartbeat_timestamp', '>=', aliveSince(settings.agentDownTimeSeconds));
  if (resource_versions !== undefined) update = update.where('resource_versions', '=', JSON.stringify(resource_versions));
  const { numUpdatedRows } = await update.executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  await cache.beat(agent_type, host, now);
  return true;
}

/** What of a row the agent itself says. */
type Said = Pick<AgentRow, 'binary' | 'topic' | 'availability_zone' | 'configurations' | 'resource_versions' | 'load' | 'reported_digest'>;

function said(state: ReportedState, { dhcpLoadType }: ReportSettings, known?: AgentRow): Said {
  const load = state.agent_type === agentTypes.dhcp ? Number(state.configurations[dhcpLoadType] ?? 0) : 0;
  return {
    binary: state.binary,
    topic: state.topic,
    availability_zone: state.availability_zone,
    configurations: JSON.stringify(state.configurations),
    resource_versions: state.resource_versions ? JSON.stringify(state.resource_versions) : (known?.resource_versions ?? '{}'),
    load: Number.isInteger(load) && load >= 0 && load < 2 ** 31 ? load : 0,
    reported_digest: reportDigest(state, dhcpLoadType),
  };
}

async function upsert(tx: Tx, state: ReportedState, settings: ReportSettings): Promise<HeardAgent> {
  const now = databaseTime();
  const before = await tx
    .selectFrom('agents')
    .selectAll()
    .where('agent_type', '=', state.agent_type)
    .where('host', '=', state.host)
    .forUpdate()
    .executeTakeFirst();
  await recordEnd(tx, state, before);
  if (before === undefined) {
    const row: AgentRow = {
      id: crypto.randomUUID(),
      agent_type: state.agent_type,
      host: state.host,
      ...said(state, settings),
      admin_state_up: settings.enableNewAgents ? 1 : 0,
      description: '',
      created_at: now,
      started_at: now,
      heartbeat_timestamp: now,
    };
    await tx.insertInto('agents').values(row).execute();
    return { status: 'new', row };
  }
  const changes = { ...said(state, settings, before), heartbeat_timestamp: now, started_at: state.started ? now : before.started_at };
  await tx.updateTable('agents').set(changes).where('id', '=', before.id).execute();
  return { status: before.heartbeat_timestamp >= aliveSince(settings.agentDownTimeSeconds) ? 'alive' : 'revived', row: { ...before, ...changes }, before };
}

/** What is behind the tunnels of a host is behind another end. */
async function recordEnd(tx: Tx, { host, configurations }: ReportedState, before: AgentRow | undefined): Promise<void> {
  const end = before && tunnelEndOf(storedObject(before.configurations));
  if (!isDeepStrictEqual(end, tunnelEndOf(configurations))) await recordChanges(tx, [{ kind: 'end', subject: host, object: '' }]);
}
