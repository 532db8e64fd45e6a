import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { ExternalGatewayForFloatingIPNotFound, FloatingIPPortAlreadyAssociated } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import { isIp } from '@neutrino/lib/net/ip';
import type { RequestContext } from '../../context.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import { objectsOf, optionalList, optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import type { FloatingIpRow } from './floatingip-rows.ts';
import { gatewayOwner, interfaceOwners, type L3 } from './l3.ts';
import { lockRouter } from './router-rows.ts';
import { OutOfDate } from './until-current.ts';

/** What a floating IP leads to, and the router that makes it so. */
export interface Association {
  readonly fixed_port_id: string | null;
  readonly fixed_ip_address: string | null;
  readonly router_id: string | null;
}

export const dissociated: Association = { fixed_port_id: null, fixed_ip_address: null, router_id: null };

/** The floating IP that asks: what of it counts. */
type Asking = Pick<FloatingIpRow, 'id' | 'project_id' | 'floating_network_id' | 'floating_ip_address'>;

/**
 * What `port_id` and `fixed_ip_address` of a request come to. Throws BadRequest, PortNotFound, and
 * ExternalGatewayForFloatingIPNotFound where no router joins the two networks.
 */
export async function wantedAssociation({ db, core }: L3, context: RequestContext, asking: Omit<Asking, 'id' | 'floating_ip_address'>, body: JsonObject): Promise<Association> {
  const portId = optionalText(body, 'port_id');
  const asked = optionalText(body, 'fixed_ip_address');
  if (portId === undefined) {
    if (asked !== undefined) throw badFloatingIp('fixed_ip_address cannot be specified without a port_id');
    return dissociated;
  }
  const port = await core.ports.get(context, portId);
  if (port['project_id'] !== asking.project_id && !context.isAdmin) {
    throw badFloatingIp(`Cannot process floating IP association with Port ${portId}, since that port is owned by a different tenant`);
  }
  if (port['device_owner'] === 'network:dhcp') throw badFloatingIp(`Port ${portId} is unable to be assigned a floating IP`);
  const { address, subnetId } = chosenAddress(port, asked);
  const routerId = await routerBetween(db, subnetId, asking.floating_network_id);
  if (routerId === undefined) throw new NeutronError(ExternalGatewayForFloatingIPNotFound, { subnet_id: subnetId, external_network_id: asking.floating_network_id, port_id: portId });
  return { fixed_port_id: portId, fixed_ip_address: address, router_id: routerId };
}

/** Takes the lock of the router. Throws OutOfDate where it no longer joins the two, FloatingIPPortAlreadyAssociated where the port's address has another floating IP of that network. */
export async function checkAssociation(tx: Tx, asking: Asking, { fixed_port_id: portId, fixed_ip_address: address, router_id: routerId }: Association): Promise<void> {
  if (portId === null || routerId === null) return;
  await lockRouter(tx, routerId);
  const held = await tx.selectFrom('ip_allocations').select('subnet_id').where('port_id', '=', portId).where('ip_address', '=', address ?? '').executeTakeFirst();
  if (held === undefined || (await routerBetween(tx, held.subnet_id, asking.floating_network_id)) !== routerId) throw new OutOfDate();
  const other = await tx
    .selectFrom('floatingips')
    .select('id')
    .where('fixed_port_id', '=', portId)
    .where('fixed_ip_address', '=', address)
    .where('floating_network_id', '=', asking.floating_network_id)
    .where('id', '!=', asking.id)
    .executeTakeFirst();
  if (other === undefined) return;
  throw new NeutronError(FloatingIPPortAlreadyAssociated, {
    floating_ip_address: asking.floating_ip_address, fip_id: asking.id, port_id: portId, fixed_ip: address, net_id: asking.floating_network_id,
  });
}

export function badFloatingIp(message: string): NeutronError {
  return new NeutronError(BadRequest, { resource: 'floatingip', msg: message });
}

function chosenAddress(port: JsonObject, asked: string | undefined): { readonly address: string; readonly subnetId: string } {
  const portId = textOf(port, 'id', '');
  const fixedIps = objectsOf(optionalList(port, 'fixed_ips') ?? []).map((fixedIp) => ({ address: textOf(fixedIp, 'ip_address', ''), subnetId: textOf(fixedIp, 'subnet_id', '') }));
  if (asked !== undefined) {
    if (!isIp(asked, 4)) throw badFloatingIp(`Cannot process floating IP association with ${asked}, since that is not an IPv4 address`);
    const found = fixedIps.find(({ address }) => address === asked);
    if (found === undefined) throw badFloatingIp(`Port ${portId} does not have fixed ip ${asked}`);
    return found;
  }
  const [only, ...others] = fixedIps.filter(({ address }) => isIp(address, 4));
  if (only === undefined) throw badFloatingIp(`Cannot add floating IP to port ${portId} that has no fixed IPv4 addresses`);
  if (others.length > 0) throw badFloatingIp(`Port ${portId} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when assigning a floating IP`);
  return only;
}

/** The router that joins a subnet with a network outside; of several, the one that is the subnet's gateway. */
export async function routerBetween(db: DbOrTx, subnetId: string, externalNetworkId: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('router_ports as inside')
    .innerJoin('ip_allocations', 'ip_allocations.port_id', 'inside.port_id')
    .innerJoin('subnets', 'subnets.id', 'ip_allocations.subnet_id')
    .innerJoin('router_ports as outside', 'outside.router_id', 'inside.router_id')
    .innerJoin('ports as gateways', 'gateways.id', 'outside.port_id')
    .select(['inside.router_id', 'ip_allocations.ip_address', 'subnets.gateway_ip'])
    .where('inside.port_type', 'in', interfaceOwners)
    .where('ip_allocations.subnet_id', '=', subnetId)
    .where('outside.port_type', '=', gatewayOwner)
    .where('gateways.network_id', '=', externalNetworkId)
    .orderBy('inside.router_id')
    .execute();
  return (found.find(({ ip_address: address, gateway_ip: gateway }) => address === gateway) ?? found[0])?.router_id;
}
