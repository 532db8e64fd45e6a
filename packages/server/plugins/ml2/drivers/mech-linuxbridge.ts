import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { MechanismDriver } from '@neutrino/lib/plugins/ml2/drivers';
import type { NetworkSegment } from '@neutrino/lib/plugins/ml2/segment';

const agentType = 'Linux bridge agent';

/** Binds ordinary ports to hosts whose Linux bridge agent is alive and reaches the segment. That an administrator disabled it keeps no wire away, as in Neutron. */
export function createLinuxbridgeDriver(): MechanismDriver {
  return {
    name: 'linuxbridge',
    passesVlanTags: true,
    bindPort(context) {
      if (context.vnicType !== 'normal') return undefined;
      for (const agent of context.agents(agentType)) {
        if (!agent.alive) continue;
        const segment = context.segmentsToBind.find((candidate) => reaches(agent, candidate));
        if (segment === undefined) continue;
        return { segment, vifType: 'bridge', vifDetails: { connectivity: 'l2', port_filter: true }, status: 'DOWN' };
      }
      return undefined;
    },
    supportsSegments(agent, segments) {
      return agent.agent_type === agentType && segments.some((segment) => reaches(agent, segment));
    },
  };
}

/** By what the agent reports in `configurations`: `tunnel_types`, `interface_mappings` and `bridge_mappings`. */
function reaches({ configurations }: AgentView, segment: NetworkSegment): boolean {
  switch (segment.network_type) {
    case 'local':
      return true;
    case 'flat':
    case 'vlan':
      return segment.physical_network !== null && physicalNetworks(configurations).has(segment.physical_network);
    default:
      return Array.isArray(configurations['tunnel_types']) && configurations['tunnel_types'].includes(segment.network_type);
  }
}

function physicalNetworks(configurations: JsonObject): ReadonlySet<string> {
  const mappings = [configurations['interface_mappings'], configurations['bridge_mappings']];
  return new Set(mappings.flatMap((mapping) => (isJsonObject(mapping) ? Object.keys(mapping) : [])));
}
