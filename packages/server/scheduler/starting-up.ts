import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import { apiTime } from '../db/database-time.ts';

/** A network takes a DHCP agent less than this to begin with. */
const secondsPerNetwork = 2;

/** How long a DHCP agent must not have been heard before its networks go to others. */
export function deadLimitSeconds(agentDownTimeSeconds: number): number {
  return 2 * agentDownTimeSeconds;
}

/**
 * Whether a DHCP agent that counts as dead may just be busy: one that starts with many networks misses its reports, and would
 * lose them to others who then start with as many.
 */
export function isStartingUp({ started_at }: Pick<AgentView, 'started_at'>, networks: number, agentDownTimeSeconds: number, now: number = Date.now()): boolean {
  const patience = deadLimitSeconds(agentDownTimeSeconds) + secondsPerNetwork * networks;
  return Date.parse(apiTime(started_at)) + patience * 1000 > now;
}
