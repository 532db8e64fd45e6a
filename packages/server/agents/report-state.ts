import type { AgentStatus } from '@neutrino/lib/rpc/payloads';
import { databaseTime } from '../db/database-time.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import { aliveSince, type AgentRow } from './agent-views.ts';
import type { AgentCache } from './agent-cache.ts';
import type { ReportedState } from './reported-state.ts';

export interface ReportSettings {
  readonly agentDownTimeSeconds: number;
  /** `enable_new_agents`: an agent heard for the first time is administratively up. */
  readonly enableNewAgents: boolean;
}

export interface HeardAgent {
  readonly status: AgentStatus;
  readonly row: AgentRow;
  /** As it was before; absent where it was not known. */
  readonly before?: AgentRow;
}

/** Writes what an agent reported. The usual report, in which nothing changed, costs one UPDATE by key. */
export async function recordReport(db: Db, cache: AgentCache, state: ReportedState, settings: ReportSettings): Promise<HeardAgent> {
  const known = await cache.byTypeAndHost(state.agent_type, state.host);
  if (known !== undefined && !state.started && isAlive(known, settings) && saysTheSame(known, state)) {
    const before = { ...known };
    const now = databaseTime();
    const { numUpdatedRows } = await db.updateTable('agents').set({ heartbeat_timestamp: now }).where('id', '=', known.id).executeTakeFirstOrThrow();
    if (numUpdatedRows > 0n) {
      await cache.beat(known, now);
      return { status: 'alive', row: { ...known, heartbeat_timestamp: now }, before };
    }
  }
  const heard = await transact(db, (tx) => upsert(tx, state, settings));
  cache.forget();
  return heard;
}

/** What of a row the agent itself says. */
type Said = Pick<AgentRow, 'binary' | 'topic' | 'availability_zone' | 'configurations' | 'resource_versions' | 'load'>;

function said(state: ReportedState, known?: AgentRow): Said {
  const networks = state.configurations['networks'];
  return {
    binary: state.binary,
    topic: state.topic,
    availability_zone: state.availability_zone,
    configurations: JSON.stringify(state.configurations),
    resource_versions: state.resource_versions ? JSON.stringify(state.resource_versions) : (known?.resource_versions ?? '{}'),
    // `dhcp_load_type = networks`: how many networks a DHCP agent says that it serves.
    load: typeof networks === 'number' && Number.isSafeInteger(networks) ? networks : 0,
  };
}

function saysTheSame(known: AgentRow, state: ReportedState): boolean {
  const now = said(state, known);
  return (Object.keys(now) as (keyof Said)[]).every((key) => known[key] === now[key]);
}

function isAlive(row: AgentRow, settings: ReportSettings): boolean {
  return row.heartbeat_timestamp >= aliveSince(settings.agentDownTimeSeconds);
}

async function upsert(tx: Tx, state: ReportedState, settings: ReportSettings): Promise<HeardAgent> {
  const now = databaseTime();
  const before = await tx
    .selectFrom('agents')
    .selectAll()
    .where('agent_type', '=', state.agent_type)
    .where('host', '=', state.host)
    .executeTakeFirst();
  if (before === undefined) {
    const row: AgentRow = {
      id: crypto.randomUUID(),
      agent_type: state.agent_type,
      host: state.host,
      ...said(state),
      admin_state_up: settings.enableNewAgents ? 1 : 0,
      description: '',
      created_at: now,
      started_at: now,
      heartbeat_timestamp: now,
    };
    await tx.insertInto('agents').values(row).execute();
    return { status: 'new', row };
  }
  const row = { ...before, ...said(state, before), heartbeat_timestamp: now, started_at: state.started ? now : before.started_at };
  const { id, ...changes } = row;
  await tx.updateTable('agents').set(changes).where('id', '=', id).execute();
  return { status: isAlive(before, settings) ? 'alive' : 'revived', row, before };
}
