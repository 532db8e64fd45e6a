import { show } from '@neutrino/lib/api/converters';
import type { JsonObject } from '@neutrino/lib/json';
import { isIp } from '@neutrino/lib/net/ip';
import type { RequestContext } from '../../context.ts';
import type { DbOrTx } from '../../db/types.ts';
import { objectsOf, optionalList, textOf } from '../../plugins/ml2/request-values.ts';
import { routerBetween } from '../l3/association.ts';
import type { FloatingIpRow } from '../l3/floatingip-rows.ts';
import type { L3 } from '../l3/l3.ts';
import { badForwarding } from './port-range.ts';

/** Where a forwarding leads, and the router that makes it so. */
export interface ForwardingTarget {
  readonly portId: string;
  readonly address: string;
  readonly subnetId: string;
  readonly routerId: string;
}

/** `address`: one of the port's; undefined: its first IPv4 address. Throws PortNotFound, and BadRequest where the port has no such address or the floating IP's router is not in between. */
export async function forwardingTarget({ db, core }: L3, context: RequestContext, floating: FloatingIpRow, portId: string, address: string | undefined): Promise<ForwardingTarget> {
  const port = await core.ports.get(context, portId);
  const fixedIps = objectsOf(optionalList(port, 'fixed_ips') ?? []).filter((fixedIp) => isIp(textOf(fixedIp, 'ip_address', ''), 4));
  if (fixedIps.length === 0) throw badForwarding(`Requested internal port ${portId} must allocate an IPv4 address at least.`);
  const chosen = address === undefined ? fixedIps[0] : fixedIps.find((fixedIp) => fixedIp['ip_address'] === address);
  if (chosen === undefined) {
    throw badForwarding(`Requested internal IP address ${address} is not suitable for internal neutron port ${portId}, as its fixed_ips are ${show(fixedIps)}`);
  }
  const subnetId = textOf(chosen, 'subnet_id', '');
  const routerId = await routerBetween(db, subnetId, floating.floating_network_id);
  if (routerId === undefined) {
    throw badForwarding(`External network ${floating.floating_network_id} is not reachable from subnet ${subnetId}. Cannot set Port forwarding for port ${portId} with Floating IP ${floating.id}`);
  }
  if (floating.router_id !== null && floating.router_id !== routerId) {
    throw badForwarding(`The Floating IP ${floating.id} had been set on router ${floating.router_id}, the internal Neutron port ${portId} can not reach it`);
  }
  return { portId, address: textOf(chosen, 'ip_address', ''), subnetId, routerId };
}

/** Whether it still leads there: asked under the lock of the router. */
export async function isReached(tx: DbOrTx, { portId, address, routerId }: ForwardingTarget, floating: FloatingIpRow): Promise<boolean> {
  const held = await tx.selectFrom('ip_allocations').select('subnet_id').where('port_id', '=', portId).where('ip_address', '=', address).executeTakeFirst();
  return held !== undefined && (await routerBetween(tx, held.subnet_id, floating.floating_network_id)) === routerId;
}

/** Throws BadRequest where a port that a forwarding goes on leading to does not have the address. */
export function requireAddress(port: JsonObject, address: string): void {
  const fixedIps = objectsOf(optionalList(port, 'fixed_ips') ?? []);
  if (fixedIps.some((fixedIp) => fixedIp['ip_address'] === address)) return;
  throw badForwarding(`The internal IP does not correspond to an address on the internal port, which has fixed_ips ${show(fixedIps)}`);
}
