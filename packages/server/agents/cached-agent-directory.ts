import type { Db } from '../db/types.ts';
import type { AgentDirectory } from '../plugins/ml2/agent-directory.ts';
import type { AgentCache } from './agent-cache.ts';
import { agentTypes, agentView } from './agent-views.ts';

/** What ML2 and the schedulers ask about agents, mostly answered from memory. */
export function createAgentDirectory(db: Db, cache: AgentCache, agentDownTimeSeconds: number): AgentDirectory {
  const views = async () => (await cache.all()).map((row) => agentView(row, agentDownTimeSeconds));
  return {
    async agentsOnHost(host) {
      return (await views()).filter((agent) => agent.host === host);
    },

    async agents(agentType) {
      return (await views()).filter((agent) => agent.agent_type === agentType);
    },

    async hasDhcpAgent(networkId) {
      const live = (await views()).filter((agent) => agent.agent_type === agentTypes.dhcp && agent.alive);
      if (live.length === 0) return false;
      // One that may be scheduled will be, when the port is announced.
      if (live.some((agent) => agent.admin_state_up)) return true;
      const bindings = await db.selectFrom('network_dhcp_agent_bindings').select('dhcp_agent_id').where('network_id', '=', networkId).execute();
      return bindings.some(({ dhcp_agent_id }) => live.some(({ id }) => id === dhcp_agent_id));
    },
  };
}
