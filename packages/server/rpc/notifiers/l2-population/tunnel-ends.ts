import type { JsonObject } from '@neutrino/lib/json';
import { storedObject } from '../../../agents/agent-views.ts';
import { tunnelEndOf } from '../../../agents/tunnel-end.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { Db } from '../../../db/types.ts';
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
      const end = (await directory.agentsOnHost(host)).map(({ configurations }) => tunnelEnd(configurations)).find((found) => found !== undefined);
      return end === undefined ? [] : [[host, end]];
    }),
  );
  return new Map(ends.flat());
}

/** The same past what is remembered of agents: another server may have heard of another end this moment. */
export async function currentTunnelEnds(db: Db, hosts: Iterable<string>): Promise<ReadonlyMap<string, TunnelEnd>> {
  const rows = await unlessEmpty([...new Set(hosts)], (part) => db.selectFrom('agents').select(['host', 'configurations']).where(inList('host', part)).orderBy('id').execute());
  const ends = new Map<string, TunnelEnd>();
  for (const { host, configurations } of rows) {
    const end = tunnelEnd(storedObject(configurations));
    if (end !== undefined && !ends.has(host)) ends.set(host, end);
  }
  return ends;
}

function tunnelEnd(configurations: JsonObject): TunnelEnd | undefined {
  const end = tunnelEndOf(configurations);
  return end && { address: end.address, carries: ({ network_type }) => end.types.includes(network_type) };
}
