import { show } from '@neutrino/lib/api/converters';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortHasBindingFloatingIP } from '@neutrino/lib/exceptions/port-forwarding';
import { FloatingIPPortAlreadyAssociated } from '@neutrino/lib/exceptions/router';
import type { DbOrTx } from '../../db/types.ts';
import type { FloatingIpRow } from '../l3/floatingip-rows.ts';
import { onlyPort, rangeOf, type Claim } from './forwarding-rows.ts';
import { badForwarding, formatRange, rangesOverlap, type Side } from './port-range.ts';

/** Throws BadRequest where one of the floating IP has the same ports outside, or any has the same ports of the address inside. */
export async function checkFree(db: DbOrTx, claim: Claim): Promise<void> {
  const others = await db
    .selectFrom('port_forwardings')
    .selectAll()
    .where('protocol', '=', claim.protocol)
    .where('id', '!=', claim.id)
    .where((eb) => eb.or([
      eb('floatingip_id', '=', claim.floatingip_id),
      eb.and([eb('internal_port_id', '=', claim.internal_port_id), eb('internal_ip_address', '=', claim.internal_ip_address)]),
    ]))
    .orderBy('id')
    .execute();
  refuseCollision(claim, others.filter((other) => other.internal_port_id === claim.internal_port_id && other.internal_ip_address === claim.internal_ip_address), 'internal');
  refuseCollision(claim, others.filter((other) => other.floatingip_id === claim.floatingip_id), 'external');
}

/** Throws BadRequest where a change makes it the same as another of its floating IP. */
export async function checkNotTheSame(db: DbOrTx, claim: Claim, floatingAddress: string): Promise<void> {
  const others = await db.selectFrom('port_forwardings').selectAll().where('floatingip_id', '=', claim.floatingip_id).where('protocol', '=', claim.protocol).where('id', '!=', claim.id).orderBy('id').execute();
  for (const other of others) {
    const [external, internal] = [onlyPort(rangeOf(other, 'external')), onlyPort(rangeOf(other, 'internal'))];
    if (external !== null && external === onlyPort(rangeOf(claim, 'external'))) throw another({ floating_ip_address: floatingAddress, external_port: external });
    const isSameAddress = other.internal_port_id === claim.internal_port_id && other.internal_ip_address === claim.internal_ip_address;
    if (isSameAddress && internal !== null && internal === onlyPort(rangeOf(claim, 'internal'))) {
      throw another({ internal_port_id: other.internal_port_id, internal_ip_address: other.internal_ip_address, internal_port: internal });
    }
  }
}

/** Throws PortHasBindingFloatingIP: what a floating IP leads to altogether needs no ports of another. */
export async function requireNoFloatingIp(db: DbOrTx, portId: string, address: string): Promise<void> {
  const bound = await db.selectFrom('floatingips').select(['id', 'floating_ip_address']).where('fixed_port_id', '=', portId).orderBy('id').limit(1).executeTakeFirst();
  if (bound !== undefined) throw new NeutronError(PortHasBindingFloatingIP, { floating_ip_address: bound.floating_ip_address, fip_id: bound.id, port_id: portId, fixed_ip: address });
}

/** Throws FloatingIPPortAlreadyAssociated where the floating IP leads to one port altogether. */
export function requireNotAssociated(floating: FloatingIpRow, claim: Claim): void {
  if (floating.fixed_port_id === null) return;
  throw new NeutronError(FloatingIPPortAlreadyAssociated, {
    floating_ip_address: floating.floating_ip_address, fip_id: floating.id, port_id: claim.internal_port_id, fixed_ip: claim.internal_ip_address, net_id: floating.floating_network_id,
  });
}

function refuseCollision(claim: Claim, others: readonly Claim[], side: Side): void {
  const own = rangeOf(claim, side);
  const other = others.map((row) => rangeOf(row, side)).find((range) => rangesOverlap(range, own));
  if (other !== undefined) throw badForwarding(`There is a port collision with the ${side}_port_range. The following ranges collides: ${formatRange(other)} and ${formatRange(own)}`);
}

function another(conflict: Readonly<Record<string, string | number>>): NeutronError {
  return badForwarding(`Another port forwarding entry with the same attributes already exists, conflicting values are ${show(conflict)}`);
}
