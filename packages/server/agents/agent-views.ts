import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Selectable } from 'kysely';
import { databaseTime } from '../db/database-time.ts';
import type { AgentsTable } from '../db/schema.ts';

export type AgentRow = Selectable<AgentsTable>;

export const agentTypes = { dhcp: 'DHCP agent', l3: 'L3 agent', linuxbridge: 'Linux bridge agent', metadata: 'Metadata agent' } as const;

/** A heartbeat older than this is a dead agent's; as the tables hold times, which sort as text. */
export function aliveSince(agentDownTimeSeconds: number): string {
  return databaseTime(new Date(Date.now() - agentDownTimeSeconds * 1000));
}

/** An agent as drivers and schedulers see it. */
export function agentView(row: AgentRow, agentDownTimeSeconds: number): AgentView {
  return {
    id: row.id,
    agent_type: row.agent_type,
    binary: row.binary,
    host: row.host,
    topic: row.topic,
    availability_zone: row.availability_zone,
    admin_state_up: row.admin_state_up === 1,
    alive: row.heartbeat_timestamp >= aliveSince(agentDownTimeSeconds),
    started_at: row.started_at,
    configurations: storedObject(row.configurations),
  };
}

/** An agent as the API shows it; its times have a space and no zone, unlike those of other resources. */
export function agentBody(row: AgentRow, agentDownTimeSeconds: number): JsonObject {
  const { id, binary, host, topic, agent_type, availability_zone, admin_state_up, alive, configurations } = agentView(row, agentDownTimeSeconds);
  return {
    id,
    agent_type,
    binary,
    topic,
    host,
    availability_zone,
    admin_state_up,
    alive,
    configurations,
    description: row.description === '' ? null : row.description,
    created_at: row.created_at,
    started_at: row.started_at,
    heartbeat_timestamp: row.heartbeat_timestamp,
    resource_versions: storedObject(row.resource_versions),
    // Set by agents that report resource providers to Placement; none of those that are served does.
    resources_synced: null,
  };
}

/** The object that a column holds; an empty one where it holds none. */
export function storedObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
