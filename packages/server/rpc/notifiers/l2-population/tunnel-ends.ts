import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { AgentDirectory } from '../../../plugins/ml2/agent-directory.ts';
import type { TunnelSegment } from '../../queries/tunnel-ports.ts';

/** A host's end of the tunnels. */
export interface TunnelEnd {
  readonly address: string;
  readonly carries: (segment: TunnelSegment) => boolean;
}

/** Host → its end, as its agent reports it. Hosts without one are left out. */
export async function tunnelEnds(directory: AgentDirectory, hosts: Iterable<string>): Promise<ReadonlyMap<string, TunnelEnd>> {
  const ends = await Promise.all(
    [...new Set(hosts)].map(async (host): Promise<readonly (readonly [string, TunnelEnd])[]> => {
      const end = (await directory.agentsOnHost(host)).map(tunnelEnd).find((found) => found !== undefined);
      return end === undefined ? [] : [[host, end]];
    }),
  );
  return new Map(ends.flat());
}

function tunnelEnd({ configurations }: AgentView): TunnelEnd | undefined {
  const address = configurations['tunneling_ip'];
  if (typeof address !== 'string' || address === '') return undefined;
  // An agent may carry more types of network than it wants to be told about.
  const types = configurations['l2pop_network_types'] ?? configurations['tunnel_types'];
  return { address, carries: ({ network_type }) => Array.isArray(types) && types.includes(network_type) };
}
