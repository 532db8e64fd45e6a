import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { RouterExternalGatewayInUseByFloatingIp } from '@neutrino/lib/exceptions/router';
import type { JsonObject } from '@neutrino/lib/json';
import { adminContext } from '../../context.ts';
import { inList } from '../../db/id-list.ts';
import type { Tx } from '../../db/types.ts';
import { checkApart, routedSubnets } from './attached-subnets.ts';
import { attachmentsOfRouter, type Attachment } from './attachments.ts';
import { checkRoutes, routesOfRouter } from './extra-routes.ts';
import { gatewayOwner, type L3 } from './l3.ts';
import { gatewaysOf, lockRouter } from './router-rows.ts';
import { OutOfDate } from './until-current.ts';
import { gatewayPort, type WantedGateway } from './wanted-gateway.ts';

/** What is to become of a router's gateways. What is not named stays. */
export interface GatewayChanges {
  /** Whether the gateways that there are under the router's lock are those that this was decided from, as far as it matters. */
  readonly isStillRight: (present: readonly Attachment[]) => boolean;
  readonly remove?: readonly Attachment[];
  readonly readdress?: readonly Readdressed[];
  /** Each at a place among the gateways; those without one come last, in their order. */
  readonly add?: readonly (WantedGateway & { readonly position?: number })[];
  /** Ports of gateways that get another place. */
  readonly move?: ReadonlyMap<string, number>;
}

/** A gateway that is to have these addresses. */
interface Readdressed {
  readonly portId: string;
  readonly fixedIps: readonly JsonObject[];
}

/** What goes with a change of gateways, under the router's lock. */
export interface AlongsideGateways {
  /** First of all. */
  readonly check?: (tx: Tx) => Promise<void>;
  /** Last. */
  readonly write?: (tx: Tx) => Promise<void>;
}

/**
 * All of it, with the ports of the gateways, in one transaction. Throws OutOfDate, RouterExternalGatewayInUseByFloatingIp, and BadRequest
 * where what is outside would overlap with itself or with the inside.
 */
export async function changeGateways(l3: L3, routerId: string, changes: GatewayChanges, { check, write }: AlongsideGateways): Promise<void> {
  const { isStillRight, remove = [], readdress = [], add = [], move = new Map() } = changes;
  const ports = {
    remove: remove.map(({ portId }) => portId),
    update: new Map(readdress.map(({ portId, fixedIps }) => [portId, { fixed_ips: fixedIps }])),
    create: add.map((gateway) => gatewayPort(routerId, gateway)),
  };
  await l3.core.changePorts(adminContext(), ports, {
    async before(tx) {
      await lockRouter(tx, routerId);
      await check?.(tx);
      const attachments = await attachmentsOfRouter(tx, routerId);
      const present = gatewaysOf(attachments);
      if (!isStillRight(present)) throw new OutOfDate();
      const kept = attachments.filter(({ portId }) => !ports.remove.includes(portId));
      await checkFloatingIps(tx, routerId, { remove, left: [...gatewaysOf(kept), ...add] });
      if (add.length > 0) await checkOverlaps(tx, kept, add);
      // Who only gets one more goes on reaching what it reached.
      if (add.length > 0 && (remove.length > 0 || present.length === 0)) await checkNextHops(l3, tx, routerId, { kept, add });
    },

    async after(tx, created) {
      for (const [portId, position] of move) await tx.updateTable('router_ports').set({ position }).where('port_id', '=', portId).execute();
      if (created.length > 0) {
        const last = gatewaysOf(await attachmentsOfRouter(tx, routerId)).at(-1)?.position ?? -1;
        const rows = created.map((id, index) => ({ port_id: id, router_id: routerId, port_type: gatewayOwner, position: add[index]?.position ?? last + 1 + index }));
        await tx.insertInto('router_ports').values(rows).execute();
      }
      await write?.(tx);
    },
  });
}

/** Floating IPs need a gateway on their network, whichever it is. */
async function checkFloatingIps(tx: Tx, routerId: string, { remove, left }: { readonly remove: readonly Attachment[]; readonly left: readonly { readonly networkId: string }[] }): Promise<void> {
  const lost = [...new Set(remove.map(({ networkId }) => networkId))].filter((id) => left.every(({ networkId }) => networkId !== id));
  if (lost.length === 0) return;
  const floating = await tx.selectFrom('floatingips').select('floating_network_id').where('router_id', '=', routerId).where(inList('floating_network_id', lost)).limit(1).executeTakeFirst();
  if (floating !== undefined) throw new NeutronError(RouterExternalGatewayInUseByFloatingIp, { router_id: routerId, net_id: floating.floating_network_id });
}

/** Several gateways may be on one network; networks may not meet one another, nor the inside. */
async function checkOverlaps(tx: Tx, kept: readonly Attachment[], add: readonly WantedGateway[]): Promise<void> {
  const outside = [...(await routedSubnets(tx, 'network_id', [...new Set(gatewaysOf(kept).map(({ networkId }) => networkId))]))];
  for (const { networkId, subnets } of new Map(add.map((gateway) => [gateway.networkId, gateway])).values()) {
    checkApart(kept.filter(({ type }) => type !== gatewayOwner), outside.filter((subnet) => subnet.networkId !== networkId), subnets);
    outside.push(...subnets);
  }
}

/** Throws where one of the router's routes leads nowhere any longer. */
async function checkNextHops({ settings }: L3, tx: Tx, routerId: string, { kept, add }: { readonly kept: readonly Attachment[]; readonly add: readonly WantedGateway[] }): Promise<void> {
  const addresses = kept.flatMap((attachment) => attachment.addresses);
  const cidrs = [...addresses, ...add.flatMap(({ subnets }) => subnets)].map(({ cidr }) => cidr);
  checkRoutes(routerId, await routesOfRouter(tx, routerId), { cidrs, addresses: addresses.map(({ ip }) => ip) }, settings.maxRoutes);
}
