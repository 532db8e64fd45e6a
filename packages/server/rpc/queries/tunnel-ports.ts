import type { ForwardingEntry } from '@neutrino/lib/rpc/forwarding-entries';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { Db } from '../../db/types.ts';
import { gatewayOwner, haInterfaceOwner } from '../../services/l3/l3.ts';

export interface TunnelSegment {
  readonly network_type: string;
  readonly segmentation_id: number;
}

/** Of ports that a highly available router has on each of its hosts. */
export const travellingOwners: readonly string[] = [haInterfaceOwner, gatewayOwner];

/** A port that is wired, and where. */
export interface WiredPort {
  readonly id: string;
  readonly network_id: string;
  readonly host: string;
  readonly mac_address: string;
  readonly segment: TunnelSegment | undefined;
  /** It is of a highly available router: it is on each host that has a copy of it, and who is active is between the copies. */
  readonly travels: boolean;
}

/** Those of the ports that are bound to a segment, ACTIVE or not: where they are bound. */
export async function boundPorts(db: Db, ids: readonly string[]): Promise<readonly (WiredPort & { readonly status: string })[]> {
  const rows = await unlessEmpty(ids, (part) => portsWithBinding(db).select('ports.status').where(inList('ports.id', part)).execute());
  const copies = await copiesOfPorts(db, rows);
  return rows.map(({ network_type, segmentation_id, ...port }) => ({ ...port, segment: segmentOf(network_type, segmentation_id), travels: copies.has(port.id) }));
}

/** All ACTIVE ports of the networks; those that travel once for each host. */
export async function activePorts(db: Db, networkIds: readonly string[]): Promise<readonly WiredPort[]> {
  return portsInStatus(db, networkIds, ['ACTIVE']);
}

/** Those, and the ones whose agent looks at them anew, as it does after a restart: their packets go on flowing. */
export async function reachablePorts(db: Db, networkIds: readonly string[]): Promise<readonly WiredPort[]> {
  return portsInStatus(db, networkIds, ['ACTIVE', 'BUILD']);
}

/** A router that goes to another host has its interfaces DOWN for a moment: that is no reason not to know where its copies are. */
async function portsInStatus(db: Db, networkIds: readonly string[], statuses: readonly string[]): Promise<readonly WiredPort[]> {
  const rows = await unlessEmpty(networkIds, (part) =>
    portsWithBinding(db).where(inList('ports.network_id', part)).where((eb) => eb.or([eb('ports.status', 'in', statuses), eb('ports.device_owner', '=', haInterfaceOwner)])).execute(),
  );
  const copies = await copiesOfPorts(db, rows);
  return rows.flatMap(({ network_type, segmentation_id, device_owner: owner, ...port }): readonly WiredPort[] => {
    const segment = segmentOf(network_type, segmentation_id);
    const hosts = copies.get(port.id);
    if (hosts === undefined) return owner === haInterfaceOwner ? [] : [{ ...port, segment, travels: false }];
    return hosts.map((host) => ({ ...port, host, segment, travels: true }));
  });
}

/** Port → hosts with copies of its router, for ports of highly available routers. */
async function copiesOfPorts(db: Db, ports: readonly { readonly id: string; readonly device_owner: string }[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const ids = ports.filter(({ device_owner: owner }) => travellingOwners.includes(owner)).map(({ id }) => id);
  const rows = await unlessEmpty(ids, (part) => travellingPorts(db).where(inList('router_ports.port_id', part)).execute());
  return new Map([...Map.groupBy(rows, ({ port_id }) => port_id)].map(([id, copies]) => [id, copies.map(({ host }) => host)]));
}

/** Router → hosts with copies of it. */
export async function hostsOfCopies(db: Db, routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(routerIds, (part) =>
    db.selectFrom('ha_router_ports').innerJoin('agents', 'agents.id', 'ha_router_ports.l3_agent_id').select(['ha_router_ports.router_id', 'agents.host']).where(inList('ha_router_ports.router_id', part)).execute(),
  );
  return new Map([...Map.groupBy(rows, ({ router_id }) => router_id)].map(([id, copies]) => [id, copies.map(({ host }) => host)]));
}

/** Router → networks that it is on, other than the one by which its copies watch one another. */
export async function networksOfRouters(db: Db, routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(routerIds, (part) =>
    db.selectFrom('router_ports').innerJoin('ports', 'ports.id', 'router_ports.port_id').select(['router_ports.router_id', 'ports.network_id']).where(inList('router_ports.router_id', part)).where('router_ports.port_type', 'in', [...travellingOwners]).execute(),
  );
  return new Map([...Map.groupBy(rows, ({ router_id }) => router_id)].map(([id, ports]) => [id, [...new Set(ports.map(({ network_id }) => network_id))]]));
}

function travellingPorts(db: Db) {
  return db
    .selectFrom('router_ports')
    .innerJoin('ha_router_ports', 'ha_router_ports.router_id', 'router_ports.router_id')
    .innerJoin('agents', 'agents.id', 'ha_router_ports.l3_agent_id')
    .select(['router_ports.port_id', 'agents.host'])
    .where('router_ports.port_type', 'in', [...travellingOwners]);
}

function portsWithBinding(db: Db) {
  return db
    .selectFrom('ports')
    .innerJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'ports.id').on('port_bindings.status', '=', 'ACTIVE'))
    .leftJoin('network_segments', 'network_segments.id', 'port_bindings.segment_id')
    .select(['ports.id', 'ports.network_id', 'ports.mac_address', 'ports.device_owner', 'port_bindings.host', 'network_segments.network_type', 'network_segments.segmentation_id'])
    .where('port_bindings.host', '!=', '');
}

/** How many ports each of the networks has on each of the hosts, ACTIVE or of copies of routers: network → host → number. */
export async function countActivePorts(db: Db, networkIds: readonly string[], hosts: readonly string[]): Promise<ReadonlyMap<string, ReadonlyMap<string, number>>> {
  const placed = await unlessEmpty(networkIds, (part) =>
    db
      .selectFrom('ports')
      .innerJoin('port_bindings', (join) => join.onRef('port_bindings.port_id', '=', 'ports.id').on('port_bindings.status', '=', 'ACTIVE'))
      .select(['ports.network_id', 'port_bindings.host', ({ fn }) => fn.countAll<number | string | bigint>().as('count')])
      .where(inList('ports.network_id', part))
      .where(inList('port_bindings.host', hosts))
      .where('ports.status', '=', 'ACTIVE')
      .where('ports.device_owner', '!=', haInterfaceOwner)
      .groupBy(['ports.network_id', 'port_bindings.host'])
      .execute(),
  );
  const travelling = await unlessEmpty(networkIds, (part) =>
    travellingPorts(db)
      .innerJoin('ports', 'ports.id', 'router_ports.port_id')
      .clearSelect()
      .select(['ports.network_id', 'agents.host', ({ fn }) => fn.countAll<number | string | bigint>().as('count')])
      .where(inList('ports.network_id', part))
      .where(inList('agents.host', hosts))
      .groupBy(['ports.network_id', 'agents.host'])
      .execute(),
  );
  const counts = new Map<string, Map<string, number>>();
  for (const { network_id: network, host, count } of [...placed, ...travelling]) {
    const ofNetwork = counts.get(network) ?? new Map<string, number>();
    counts.set(network, ofNetwork);
    ofNetwork.set(host, (ofNetwork.get(host) ?? 0) + Number(count));
  }
  return counts;
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
