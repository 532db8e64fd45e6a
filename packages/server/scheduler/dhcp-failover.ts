import type { Logger } from 'pino';
import type { Db } from '../db/types.ts';
import { AgentFailover } from './agent-failover.ts';
import type { DhcpAgentScheduler } from './dhcp-agent-scheduler.ts';
import { downBindings, type DownBinding } from './dhcp-bindings.ts';
import { isStartingUp } from './starting-up.ts';

export interface DhcpFailoverOptions {
  readonly db: Db;
  readonly scheduler: Pick<DhcpAgentScheduler, 'hasCandidates' | 'moveFromDead'>;
  readonly agentDownTimeSeconds: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Networks of DHCP agents that are not heard any more; of those that are busy starting, only in time. */
export function createDhcpFailover({ db, scheduler, agentDownTimeSeconds, log }: DhcpFailoverOptions): AgentFailover<DownBinding> {
  return new AgentFailover({
    what: 'networks',
    agents: 'DHCP agents',
    async find(since, now) {
      const down = await downBindings(db, since);
      const counts = new Map([...Map.groupBy(down, ({ agentId }) => agentId)].map(([id, bindings]) => [id, bindings.length]));
      return down.filter(({ agentId, startedAt }) => !isStartingUp({ started_at: startedAt }, counts.get(agentId) ?? 0, agentDownTimeSeconds, now));
    },
    hasCandidates: () => scheduler.hasCandidates(),
    move: (dead, since) => scheduler.moveFromDead(dead, since),
    agentDownTimeSeconds,
    log,
  });
}
