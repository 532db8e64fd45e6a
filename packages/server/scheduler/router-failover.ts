import type { Logger } from 'pino';
import type { Db } from '../db/types.ts';
import { AgentFailover } from './agent-failover.ts';
import type { L3AgentScheduler } from './l3-agent-scheduler.ts';
import { downRouterBindings, type DownRouterBinding } from './router-bindings.ts';

export interface RouterFailoverOptions {
  readonly db: Db;
  readonly scheduler: Pick<L3AgentScheduler, 'hasCandidates' | 'moveFromDead'>;
  readonly agentDownTimeSeconds: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Routers of L3 agents that are not heard any more, save those that nobody is to move because the agent was switched off. */
export function createRouterFailover({ db, scheduler, agentDownTimeSeconds, log }: RouterFailoverOptions): AgentFailover<DownRouterBinding> {
  return new AgentFailover({
    what: 'routers',
    agents: 'L3 agents',
    find: (since) => downRouterBindings(db, since),
    hasCandidates: () => scheduler.hasCandidates(),
    move: (dead, since) => scheduler.moveFromDead(dead, since),
    agentDownTimeSeconds,
    log,
  });
}
