import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Db } from '../db/types.ts';
import type { AgentDirectory } from '../plugins/ml2/agent-directory.ts';
import type { AgentCache } from './agent-cache.ts';
import { agentTypes, agentView, type AgentRow } from './agent-views.ts';

/** What ML2 and the schedulers ask about agents, mostly answered from memory. */
export function createAgentDirectory(db: Db, cache: AgentCache, agentDownTimeSeconds: number): AgentDirectory {
  // Rows are chosen before they are read: of a thousand agents one question concerns a few.
  const views = async (chosen: (row: AgentRow) => boolean): Promise<readonly AgentView[]> =>
    (await cache.all()).filter(chosen).map((row) => agentView(row, agentDownTimeSeconds));
  return {
    async agentsOnHost(host) {
      const known = await views((row) => row.host === host);
      if (known.some(({ alive }) => alive)) return known;
      // Another server may have heard one this moment, and a port not bound now is not tried again soon.
      cache.forget();
      return views((row) => row.host === host);
    },

    allAgents: () => views(() => true),

    async agents(agentType, { current = false } = {}) {
      if (current) cache.forget();
      return views((row) => row.agent_type === agentType);
    },

    async hasDhcpAgent(networkId) {
      const live = (await views((row) => row.agent_type === agentTypes.dhcp)).filter(({ alive }) => alive);
      if (live.length === 0) return false;
      // One that may be scheduled will be, when the port is announced.
      if (live.some((agent) => agent.admin_state_up)) return true;
      const bindings = await db.selectFrom('network_dhcp_agent_bindings').select('dhcp_agent_id').where('network_id', '=', networkId).execute();
      return bindings.some(({ dhcp_agent_id }) => live.some(({ id }) => id === dhcp_agent_id));
    },
  };
}
