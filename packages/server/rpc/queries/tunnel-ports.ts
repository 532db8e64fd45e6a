import type { ForwardingEntry } from '@neutrino/lib/rpc/forwarding-entries';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';

export interface TunnelSegment {
  readonly network_type: string;
  readonly segmentation_id: number;
}

/** A port that is wired, and where. */
export interface WiredPort {
  readonly id: string;
  readonly network_id: string;
  readonly host: string;
  readonly mac_address: string;
  readonly segment: TunnelSegment | undefined;
}

/** Those of the ports that are bound to a segment, ACTIVE or not. */
export async function boundPorts(db: Db, ids: readonly string[]): Promise<readonly (WiredPort & { readonly status: string })[]> {
  const rows = await unlessEmpty(ids, (part) => portsWithBinding(db).select('ports.status').where(inList('ports.id', part)).execute());
  return rows.map(({ network_type, segmentation_id, ...port }) => ({ ...port, segment: segmentOf(network_type, segmentation_id) }));
}

/** All ACTIVE ports of the networks. */
export async function activePorts(db: Db, networkIds: readonly string[]): Promise<readonly WiredPort[]> {
  return portsInStatus(db, networkIds, ['ACTIVE']);
}

/** Those, and the ones whose agent looks at them anew, as it does after a restart: their packets go on flowing. */
export async function reachablePorts(db: Db, networkIds: readonly string[]): Promise<readonly WiredPort[]> {
  return portsInStatus(db, networkIds, ['ACTIVE', 'BUILD']);
}

async function portsInStatus(db: Db, networkIds: readonly string[], statuses: readonly string[]): Promise<readonly WiredPort[]> {
  const rows = await unlessEmpty(networkIds, (part) => portsWithBinding(db).where(inList('ports.network_id', part)).where('ports.status', 'in', statuses).execute());
  return rows.map(({ network_type, segmentation_id, ...port }) => ({ ...port, segment: segmentOf(network_type, segmentation_id) }));
}

function portsWithBinding(db: Db) {
  return db
    .selectFrom('ports')
    .innerJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'ports.id').on('port_bindings.status', '=', 'ACTIVE'))
    .leftJoin('network_segments', 'network_segments.id', 'port_bindings.segment_id')
    .select(['ports.id', 'ports.network_id', 'ports.mac_address', 'port_bindings.host', 'network_segments.network_type', 'network_segments.segmentation_id'])
    .where('port_bindings.host', '!=', '');
}

/** How many ACTIVE ports each of the networks has on each of the hosts: network → host → number. */
export async function countActivePorts(db: Db, networkIds: readonly string[], hosts: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('ports')
      .innerJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'ports.id').on('port_bindings.status', '=', 'ACTIVE'))
      .select(['ports.network_id', 'port_bindings.host', ({ fn }) => fn.countAll<number | string | bigint>().as('count')])
      .where(inList('ports.network_id', part))
      .where(inList('port_bindings.host', hosts))
      .where('ports.status', '=', 'ACTIVE')
      .groupBy(['ports.network_id', 'port_bindings.host'])
      .execute(),
  );
  return new Map(
    [...Map.groupBy(rows, ({ network_id }) => network_id)].map(([network, counts]) => [network, new Map(counts.map(({ host, count }) => [host, Number(count)]))]),
  );
}

/** The segments of networks, for ports that are bound no longer. */
export async function segmentsOfNetworks(db: Db, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly TunnelSegment[]>> {
  const rows = await unlessEmpty(networkIds, (part) =>
    db.selectFrom('network_segments').select(['network_id', 'network_type', 'segmentation_id']).where(inList('network_id', part)).orderBy('segment_index').execute(),
  );
  return new Map(
    [...Map.groupBy(rows, ({ network_id }) => network_id)].map(([network, segments]) => [network, segments.flatMap((row) => segmentOf(row.network_type, row.segmentation_id) ?? [])]),
  );
}

/** Port → its entries, one for each address. */
export async function forwardingEntries(db: Db, ports: readonly Pick<WiredPort, 'id' | 'mac_address'>[]): Promise<ReadonlyMap<string, readonly ForwardingEntry[]>> {
  const rows = await unlessEmpty(
    ports.map(({ id }) => id),
    (part) => db.selectFrom('ip_allocations').select(['port_id', 'ip_address']).where(inList('port_id', part)).orderBy('position').execute(),
  );
  const addresses = Map.groupBy(rows, ({ port_id }) => port_id);
  return new Map(ports.map(({ id, mac_address }) => [id, (addresses.get(id) ?? []).map(({ ip_address }): ForwardingEntry => [mac_address, ip_address])]));
}

function segmentOf(networkType: string | null, segmentationId: number | null): TunnelSegment | undefined {
  return networkType === null || segmentationId === null ? undefined : { network_type: networkType, segmentation_id: segmentationId };
}
