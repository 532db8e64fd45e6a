import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { RouterExternalGatewayInUseByFloatingIp } from '@neutrino/lib/exceptions/router';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { adminContext, type RequestContext } from '../../context.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import { objectsOf, optionalList, optionalText, textOf } from '../../plugins/ml2/request-values.ts';
import { badRequest, checkNoOverlap, routedSubnets, type RoutedSubnet } from './attached-subnets.ts';
import { attachmentsOfRouter, type Attachment } from './attachments.ts';
import { checkRoutes, routesOfRouter } from './extra-routes.ts';
import { gatewayOwner, type L3 } from './l3.ts';
import { gatewayOf, lockRouter } from './router-rows.ts';
import { OutOfDate } from './until-current.ts';

/** A gateway asked for, of a network that was found to lead outside. */
export interface WantedGateway {
  readonly networkId: string;
  /** As requests name addresses; empty: any. */
  readonly fixedIps: readonly JsonObject[];
  readonly subnets: readonly RoutedSubnet[];
}

/** Reads `external_gateway_info`; undefined for null. Throws NetworkNotFound, or BadRequest for a network that leads nowhere and for the address of its own gateway. */
export async function wantedGateway({ db, core }: L3, context: RequestContext, info: Json | undefined): Promise<WantedGateway | undefined> {
  if (!isJsonObject(info)) return undefined;
  const networkId = textOf(info, 'network_id', '');
  const network = await core.networks.get(context, networkId);
  if (network['router:external'] !== true) throw badRequest(`Network ${networkId} is not an external network`);
  const subnets = await routedSubnets(db, 'network_id', [networkId]);
  const fixedIps = objectsOf(optionalList(info, 'external_fixed_ips') ?? []);
  for (const address of fixedIps.map((fixedIp) => optionalText(fixedIp, 'ip_address'))) {
    if (address !== undefined && subnets.some(({ gatewayIp }) => gatewayIp === address)) throw badRequest(`External IP ${address} is the same as the gateway IP`);
  }
  return { networkId, fixedIps, subnets };
}

/** The port that a router gets outside: it belongs to no project, as nobody is to see it. */
export function gatewayPort(routerId: string, { networkId, fixedIps }: WantedGateway): JsonObject {
  return {
    name: '', project_id: '', network_id: networkId, admin_state_up: true, device_id: routerId, device_owner: gatewayOwner,
    ...(fixedIps.length > 0 && { fixed_ips: fixedIps }),
  };
}

/** What goes with a change of the gateway, under the router's lock. */
export interface AlongsideGateway {
  /** First of all. */
  readonly check?: (tx: Tx) => Promise<void>;
  /** Last. */
  readonly write?: (tx: Tx) => Promise<void>;
}

/**
 * Gives the router the gateway that is wanted, and takes away the one that is not, each with its port in one transaction
 * of its own: the check goes with the first of them, the rest with the last. True where there was one.
 */
export async function changeGateway(l3: L3, routerId: string, wanted: WantedGateway | undefined, alongside: AlongsideGateway): Promise<boolean> {
  const attachments = await attachmentsOfRouter(l3.db, routerId);
  const present = gatewayOf(attachments);
  if (present === undefined) return wanted === undefined ? false : addGateway(l3, routerId, wanted, alongside);
  if (wanted?.networkId === present.networkId) return differs(present, wanted.fixedIps) ? readdressGateway(l3, routerId, present, wanted, alongside) : false;
  if (wanted === undefined) return removeGateway(l3, routerId, present, alongside);
  await checkSurroundings(l3, l3.db, routerId, wanted);
  const { check, ...later } = alongside;
  await removeGateway(l3, routerId, present, { ...(check !== undefined && { check }) });
  return addGateway(l3, routerId, wanted, later);
}

async function addGateway(l3: L3, routerId: string, wanted: WantedGateway, { check, write }: AlongsideGateway): Promise<boolean> {
  await l3.core.ports.create?.(adminContext(), [gatewayPort(routerId, wanted)], {
    alongside: async (transaction, ids) => {
      const tx = transaction as Tx;
      await lockRouter(tx, routerId);
      await check?.(tx);
      if (gatewayOf(await attachmentsOfRouter(tx, routerId)) !== undefined) throw new OutOfDate();
      await checkSurroundings(l3, tx, routerId, wanted);
      await tx.insertInto('router_ports').values(ids.map((id) => ({ port_id: id, router_id: routerId, port_type: gatewayOwner }))).execute();
      await write?.(tx);
    },
  });
  return true;
}

/** Throws where the router's inside meets the network outside, or one of its routes leads nowhere any longer. */
async function checkSurroundings({ settings }: L3, db: DbOrTx, routerId: string, wanted: WantedGateway): Promise<void> {
  const inside = (await attachmentsOfRouter(db, routerId)).filter(({ type }) => type !== gatewayOwner);
  await checkNoOverlap(db, inside, wanted.subnets);
  const routes = await routesOfRouter(db, routerId);
  const addresses = inside.flatMap((attachment) => attachment.addresses);
  const cidrs = [...addresses.map(({ cidr }) => cidr), ...wanted.subnets.map(({ cidr }) => cidr)];
  checkRoutes(routerId, routes, { cidrs, addresses: addresses.map(({ ip }) => ip) }, settings.maxRoutes);
}

async function readdressGateway(l3: L3, routerId: string, { portId }: Attachment, { fixedIps }: WantedGateway, { check, write }: AlongsideGateway): Promise<boolean> {
  await l3.core.ports.update?.(adminContext(), portId, { fixed_ips: fixedIps }, {
    alongside: async (transaction) => {
      const tx = transaction as Tx;
      await lockRouter(tx, routerId);
      await check?.(tx);
      await write?.(tx);
    },
  });
  return true;
}

/** Throws RouterExternalGatewayInUseByFloatingIp. */
export async function removeGateway(l3: L3, routerId: string, { portId, networkId }: Attachment, { check, write }: AlongsideGateway): Promise<boolean> {
  await l3.core.ports.delete?.(adminContext(), portId, {
    alongside: async (transaction) => {
      const tx = transaction as Tx;
      await lockRouter(tx, routerId);
      await check?.(tx);
      const floating = await tx.selectFrom('floatingips').select('id').where('router_id', '=', routerId).limit(1).executeTakeFirst();
      if (floating !== undefined) throw new NeutronError(RouterExternalGatewayInUseByFloatingIp, { router_id: routerId, net_id: networkId });
      await write?.(tx);
    },
  });
  return true;
}

/** Whether the addresses asked for are others than those that the gateway has; none asked for are the ones it has. */
function differs({ addresses }: Attachment, fixedIps: readonly JsonObject[]): boolean {
  if (fixedIps.length === 0) return false;
  const asked = (name: string): ReadonlySet<string> => new Set(fixedIps.flatMap((fixedIp) => optionalText(fixedIp, name) ?? []));
  const isSame = (some: ReadonlySet<string>, others: readonly string[]): boolean => some.size === new Set(others).size && others.every((each) => some.has(each));
  return !isSame(asked('subnet_id'), addresses.map(({ subnetId }) => subnetId)) || !isSame(asked('ip_address'), addresses.map(({ ip }) => ip));
}
