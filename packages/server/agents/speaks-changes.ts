import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import { changesConfiguration, changesVersion } from '@neutrino/lib/rpc/agent-changes';

/** Whether the agent follows the log of changes: Neutron's topics then bring it nothing. */
export function speaksChanges({ configurations }: Pick<AgentView, 'configurations'>): boolean {
  return configurations[changesConfiguration] === changesVersion;
}
