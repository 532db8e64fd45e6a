import { agentTypes } from '../../agents/agent-views.ts';
import { speaksChanges } from '../../agents/speaks-changes.ts';
import type { Subscriber } from '../../callbacks/registry.ts';
import type { AgentDirectory } from '../../plugins/ml2/agent-directory.ts';

/** Who follows Neutron's own topics: agents of Neutron, and ours when they started under another server. */
export interface NeutronAudience {
  /** Runs the subscriber only while somebody follows the topics of L2 agents. */
  only(subscriber: Subscriber): Subscriber;
  /** Whether the host's DHCP agent is told by Neutron's topics. */
  isDhcpAgentOf(host: string): Promise<boolean>;
  /** Whether any DHCP agent is. */
  hasDhcpAgents(): Promise<boolean>;
  readonly subscriber: Subscriber;
}

/** Every event asks, and with many agents to look through them costs more than the event. */
const rememberedMs = 250;

/**
 * Known by their reports, dead or alive. While nobody is known who follows the log of changes the topics are used: what listens
 * there may not have reported yet.
 */
export function neutronAudience(directory: AgentDirectory): NeutronAudience {
  let known: { readonly until: number; readonly listens: Promise<boolean> } | undefined;
  const l2Listens = (): Promise<boolean> => {
    if (known === undefined || known.until < performance.now()) known = { until: performance.now() + rememberedMs, listens: someFollowsTopics(directory) };
    return known.listens;
  };
  return {
    only: (subscriber) => async (event) => {
      if (await l2Listens()) await subscriber(event);
    },
    async isDhcpAgentOf(host) {
      const agent = (await directory.agents(agentTypes.dhcp)).find((candidate) => candidate.host === host);
      return agent === undefined || !speaksChanges(agent);
    },
    async hasDhcpAgents() {
      const agents = await directory.agents(agentTypes.dhcp);
      return agents.length === 0 || agents.some((agent) => !speaksChanges(agent));
    },
    subscriber: ({ resource }) => {
      if (resource === 'agent') known = undefined;
    },
  };
}

/** Agents of these types follow none of the topics of L2 agents. */
const others: ReadonlySet<string> = new Set([agentTypes.dhcp, agentTypes.l3, agentTypes.metadata]);

async function someFollowsTopics(directory: AgentDirectory): Promise<boolean> {
  const agents = (await directory.allAgents()).filter(({ agent_type: type }) => !others.has(type));
  return agents.length === 0 || agents.some((agent) => !speaksChanges(agent));
}
