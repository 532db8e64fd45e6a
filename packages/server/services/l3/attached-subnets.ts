import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { cidrsOverlap, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { DbOrTx } from '../../db/types.ts';
import type { Attachment } from './attachments.ts';
import { gatewayOwner } from './l3.ts';

/** A subnet as routers need to know it. */
export interface RoutedSubnet {
  readonly id: string;
  readonly networkId: string;
  readonly cidr: Cidr;
  readonly gatewayIp: string | null;
}

/** What prefix delegation has instead of a prefix, until somebody delegates one. */
const provisionalPrefix = '::/64';

/** Those of `ids` that exist. */
export async function routedSubnets(db: DbOrTx, column: 'id' | 'network_id', ids: readonly string[]): Promise<readonly RoutedSubnet[]> {
  const rows = await unlessEmpty(ids, (some) => db.selectFrom('subnets').select(['id', 'network_id', 'cidr', 'gateway_ip']).where(inList(column, some)).orderBy('id').execute());
  return rows.flatMap(({ id, network_id: networkId, cidr: text, gateway_ip: gatewayIp }) => {
    const cidr = parseCidr(text);
    return cidr === undefined ? [] : [{ id, networkId, cidr, gatewayIp }];
  });
}

/** Throws BadRequest where the router is on one of `added` already, or on a subnet that overlaps one: it could not tell whom to send a packet to. */
export async function checkNoOverlap(db: DbOrTx, attachments: readonly Attachment[], added: readonly RoutedSubnet[]): Promise<void> {
  // Outside the router meets all subnets of the network, whichever its address is of.
  const outside = await routedSubnets(db, 'network_id', attachments.filter(({ type }) => type === gatewayOwner).map(({ networkId }) => networkId));
  checkApart(attachments, outside, added);
}

/** The same, where it is known what the router meets outside. */
export function checkApart(attachments: readonly Attachment[], outside: readonly RoutedSubnet[], added: readonly RoutedSubnet[]): void {
  const ids = new Set(added.map(({ id }) => id));
  const again = attachments.flatMap(({ addresses }) => addresses).find(({ subnetId }) => ids.has(subnetId));
  if (again !== undefined) throw badRequest(`Router already has a port on subnet ${again.subnetId}`);
  const inside = attachments.filter(({ type }) => type !== gatewayOwner).flatMap(({ addresses }) => addresses.map(({ subnetId: id, cidr }) => ({ id, cidr })));
  for (const subnet of added.filter(({ cidr }) => formatCidr(cidr) !== provisionalPrefix)) {
    const other = [...inside, ...outside].find(({ cidr }) => cidrsOverlap(cidr, subnet.cidr));
    if (other === undefined) continue;
    throw badRequest(`Cidr ${formatCidr(subnet.cidr)} of subnet ${subnet.id} overlaps with cidr ${formatCidr(other.cidr)} of subnet ${other.id}`);
  }
}

export function badRequest(message: string): NeutronError {
  return new NeutronError(BadRequest, { resource: 'router', msg: message });
}
