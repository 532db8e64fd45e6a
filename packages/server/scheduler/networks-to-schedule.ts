import type { NetworkSegment } from '@neutrino/lib/plugins/ml2/segment';
import { inList } from '../db/id-list.ts';
import type { Db } from '../db/types.ts';
import { reservedDhcpPort } from './dhcp-device-id.ts';

/** What decides who can serve a network. */
export interface NetworkToSchedule {
  readonly id: string;
  readonly availabilityZoneHints: readonly string[];
  readonly segments: readonly NetworkSegment[];
}

/** Networks with a subnet that has DHCP, of `ids` or all: two queries. */
export async function networksToSchedule(db: Db, ids?: readonly string[]): Promise<readonly NetworkToSchedule[]> {
  if (ids?.length === 0) return [];
  const served = db.selectFrom('subnets').select('network_id').where('enable_dhcp', '=', 1);
  let wanted = db.selectFrom('networks').where('networks.id', 'in', served);
  if (ids !== undefined) wanted = wanted.where(inList('networks.id', ids));
  const networks = await wanted.select(['networks.id', 'networks.availability_zone_hints']).orderBy('networks.id').execute();
  const segments = await wanted
    .innerJoin('network_segments', 'network_segments.network_id', 'networks.id')
    .selectAll('network_segments')
    .orderBy('network_segments.segment_index')
    .execute();
  const byNetwork = Map.groupBy(segments, ({ network_id }) => network_id);
  return networks.map((network) => ({
    id: network.id,
    availabilityZoneHints: readHints(network.availability_zone_hints),
    segments: byNetwork.get(network.id) ?? [],
  }));
}

/**
 * Networks with a subnet that has DHCP, which nobody serves or has served: one query. One that was served has the port of its server yet: an administrator
 * may have taken it from its agent, or nobody was there to take it over.
 */
export async function unservedNetworks(db: Db): Promise<readonly string[]> {
  const rows = await db
    .selectFrom('subnets')
    .select('network_id')
    .distinct()
    .where('enable_dhcp', '=', 1)
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('network_dhcp_agent_bindings').select('network_dhcp_agent_bindings.network_id').whereRef('network_dhcp_agent_bindings.network_id', '=', 'subnets.network_id'))))
    .where(({ not, exists, selectFrom }) => not(exists(selectFrom('ports').select('ports.id').whereRef('ports.network_id', '=', 'subnets.network_id').where('ports.device_id', '=', reservedDhcpPort))))
    .execute();
  return rows.map(({ network_id }) => network_id);
}

function readHints(text: string): readonly string[] {
  const hints: unknown = JSON.parse(text);
  return Array.isArray(hints) ? hints.filter((hint) => typeof hint === 'string') : [];
}
