import { AgentNotFound } from '@neutrino/lib/exceptions/agent';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { AgentStatus } from '@neutrino/lib/rpc/payloads';
import type { Logger } from 'pino';
import type { ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import { adminContext } from '../context.ts';
import type { Db } from '../db/types.ts';
import type { AgentDirectory } from '../plugins/ml2/agent-directory.ts';
import { AgentCache } from './agent-cache.ts';
import { createAgentHandler } from './agent-handler.ts';
import { agentBody, aliveSince, storedObject, type AgentRow } from './agent-views.ts';
import { createAvailabilityZoneHandler } from './availability-zones.ts';
import { createAgentDirectory } from './cached-agent-directory.ts';
import { recordReport, type DhcpLoadType, type HeardAgent } from './report-state.ts';
import { clockSkewSeconds, reportedState } from './reported-state.ts';

export interface AgentServiceOptions {
  readonly db: Db;
  readonly callbacks: CallbackRegistry;
  readonly settings: {
    /** `agent_down_time`: an agent not heard for so long is dead. */
    readonly agentDownTimeSeconds: number;
    /** `enable_new_agents`, default true. */
    readonly enableNewAgents?: boolean;
    /** `dhcp_load_type`, default networks. */
    readonly dhcpLoadType?: DhcpLoadType;
    /** How old what is remembered of agents may be, default one second. */
    readonly rememberedMs?: number;
  };
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

export interface AgentService {
  readonly agents: ResourceHandler;
  readonly availabilityZones: ResourceHandler;
  readonly directory: AgentDirectory;
  /**
   * A report of an agent's state, sent at `time` (its clock). Announces agents that are new, revived,
   * restarted or configured differently; a mere heartbeat is announced to nobody. Throws InvalidInput where
   * the state does not say who reports.
   */
  report(agentState: unknown, time: unknown): Promise<AgentStatus>;
  /** Removes an agent by what it calls itself; does nothing where it is not known. */
  forgetAgent(agentType: string, host: string): Promise<void>;
  /** The versions of a kind of object that agents which live have reported to understand. */
  resourceVersions(type: string): Promise<ReadonlySet<string>>;
  /** Throws AgentNotFound. */
  requireAgent(id: string): Promise<JsonObject>;
}

export function createAgentService({ db, callbacks, settings, log }: AgentServiceOptions): AgentService {
  const { agentDownTimeSeconds, rememberedMs = 1_000 } = settings;
  const cache = new AgentCache(db, rememberedMs);
  const agents = createAgentHandler({ db, cache, callbacks, agentDownTimeSeconds });

  const announce = async ({ row, before }: HeardAgent, changed: boolean): Promise<void> => {
    if (before !== undefined && !changed) return;
    const current = agentBody(row, agentDownTimeSeconds);
    const event = { resource: 'agent', context: adminContext(), id: row.id, current } as const;
    if (before === undefined) await callbacks.publish({ ...event, operation: 'create' });
    else await callbacks.publish({ ...event, operation: 'update', original: agentBody(before, agentDownTimeSeconds) });
  };

  return {
    agents,
    availabilityZones: createAvailabilityZoneHandler(db),
    directory: createAgentDirectory(db, cache, agentDownTimeSeconds),

    async report(agentState, time) {
      const state = reportedState(agentState);
      const skew = clockSkewSeconds(time);
      if (state.started && skew !== undefined && Math.abs(skew) > agentDownTimeSeconds) {
        log.warn({ host: state.host, agent_type: state.agent_type, skew_seconds: Math.round(skew) }, "the agent's clock differs from the server's");
      }
      const reportSettings = { agentDownTimeSeconds, enableNewAgents: settings.enableNewAgents ?? true, dhcpLoadType: settings.dhcpLoadType ?? 'networks' };
      const heard = await recordReport(db, cache, state, reportSettings);
      if (state.configurations['log_agent_heartbeats'] === true) log.info({ host: state.host, agent_type: state.agent_type, sent_at: time }, 'heartbeat');
      if (heard === 'heartbeat') return 'alive';
      const { status, row, before } = heard;
      if (status !== 'alive') log.info({ host: row.host, agent_type: row.agent_type, status }, 'agent reported');
      await announce(heard, state.started || status !== 'alive' || !reachesTheSame(row, before));
      return status;
    },

    async forgetAgent(agentType, host) {
      const row = await db.selectFrom('agents').select('id').where('agent_type', '=', agentType).where('host', '=', host).executeTakeFirst();
      if (row !== undefined) await agents.delete(adminContext(), row.id);
    },

    async resourceVersions(type) {
      const since = aliveSince(agentDownTimeSeconds);
      // Asked at every change of a port. A thousand agents report the same few texts.
      const reported = new Set((await cache.all()).filter(({ heartbeat_timestamp: at }) => at >= since).map((row) => row.resource_versions));
      const versions = [...reported].map(storedObject).map((all) => (Object.hasOwn(all, type) ? all[type] : undefined));
      return new Set(versions.filter((version) => typeof version === 'string'));
    },

    async requireAgent(id) {
      const [row] = await cache.read([id]);
      if (row === undefined) throw new NeutronError(AgentNotFound, { id });
      return agentBody(row, agentDownTimeSeconds);
    },
  };
}

/** Counts of devices and networks change with every port; what an agent is able to do seldom does, and only that is announced. */
function reachesTheSame(row: AgentRow, before: AgentRow | undefined): boolean {
  const abilities = (text: string): string => JSON.stringify(JSON.parse(text), (_key, value: unknown) => (typeof value === 'number' ? 0 : value));
  return before !== undefined && abilities(row.configurations) === abilities(before.configurations);
}
