import { parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { DbOrTx } from '../../db/types.ts';
import { haPortOwner } from './l3.ts';

/** An address of a router's port, with the subnet that it is of. */
export interface AttachedAddress {
  readonly ip: string;
  readonly subnetId: string;
  readonly cidr: Cidr;
}

/** A port by which a router is attached. */
export interface Attachment {
  readonly portId: string;
  /** The owner of such ports: gateway or interface. */
  readonly type: string;
  readonly networkId: string;
  /** Gateways come in the order of their positions. */
  readonly position: number;
  /** In the order in which the port has them. */
  readonly addresses: readonly AttachedAddress[];
}

/** Router → the ports by which it is attached: one query, however many routers. */
export async function attachmentsOf(db: DbOrTx, routerIds: readonly string[]): Promise<ReadonlyMap<string, readonly Attachment[]>> {
  const rows = await unlessEmpty(routerIds, (ids) =>
    db
      .selectFrom('router_ports')
      .innerJoin('ports', 'ports.id', 'router_ports.port_id')
      .leftJoin('ip_allocations', 'ip_allocations.port_id', 'router_ports.port_id')
      .leftJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
      .select(['router_ports.router_id', 'router_ports.port_id', 'router_ports.port_type', 'router_ports.position', 'ports.network_id', 'ip_allocations.ip_address', 'ip_allocations.subnet_id', 'subnets.cidr'])
      .where(inList('router_ports.router_id', ids))
      .where('router_ports.port_type', '<>', haPortOwner)
      .orderBy('router_ports.position')
      .orderBy('router_ports.port_id')
      .orderBy('ip_allocations.position')
      .execute(),
  );
  const ofRouter = [...Map.groupBy(rows, ({ router_id }) => router_id)];
  return new Map(ofRouter.map(([routerId, own]) => [routerId, [...Map.groupBy(own, ({ port_id }) => port_id).values()].flatMap(attachment)]));
}

export async function attachmentsOfRouter(db: DbOrTx, routerId: string): Promise<readonly Attachment[]> {
  return (await attachmentsOf(db, [routerId])).get(routerId) ?? [];
}

interface AttachmentRow {
  readonly port_id: string;
  readonly port_type: string;
  readonly position: number;
  readonly network_id: string;
  readonly ip_address: string | null;
  readonly subnet_id: string | null;
  readonly cidr: string | null;
}

function attachment(rows: readonly AttachmentRow[]): readonly Attachment[] {
  const [first] = rows;
  if (first === undefined) return [];
  const addresses = rows.flatMap(({ ip_address: ip, subnet_id: subnetId, cidr: text }) => {
    const cidr = text === null ? undefined : parseCidr(text);
    return ip === null || subnetId === null || cidr === undefined ? [] : [{ ip, subnetId, cidr }];
  });
  return [{ portId: first.port_id, type: first.port_type, networkId: first.network_id, position: first.position, addresses }];
}
