import type { JsonObject } from '@neutrino/lib/json';
import { adminContext, type RequestContext } from '../../../context.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { optionalText, textOf } from '../../../plugins/ml2/request-values.ts';
import { badRequest, checkNoOverlap, routedSubnets, type RoutedSubnet } from '../attached-subnets.ts';
import { attachmentsOfRouter, type Attachment } from '../attachments.ts';
import { interfaceOwnerOf, type L3 } from '../l3.ts';
import { lockRouterAsIs, type RouterRow } from '../router-rows.ts';
import { OutOfDate } from '../until-current.ts';
import { checkAnnouncements, ipv6Port } from './announcements.ts';
import type { InterfaceChange } from './interface-change.ts';

/** Gives the router the gateway address of the subnet: on a port of its own, or on the one that announces the network's other IPv6 prefixes. */
export async function attachSubnet(l3: L3, context: RequestContext, router: RouterRow, subnetId: string): Promise<InterfaceChange> {
  const subnet = await l3.core.subnets.get(context, subnetId);
  if (optionalText(subnet, 'gateway_ip') === undefined) throw badRequest('Subnet for router interface must have a gateway IP');
  await checkMayAttach(l3.db, context, subnet);
  checkAnnouncements(subnet);
  const added = await routedSubnets(l3.db, 'id', [subnetId]);
  const attachments = await attachmentsOfRouter(l3.db, router.id);
  // Again behind the lock; here, so that an address that is taken is not the first thing that is wrong.
  await checkNoOverlap(l3.db, attachments, added);
  const announcing = subnet['ip_version'] === 6 ? ipv6Port(attachments, textOf(subnet, 'network_id', '')) : undefined;
  const port = announcing === undefined ? await onNewPort(l3, router, subnet, added) : await onPort(l3, router, subnet, added, announcing);
  return { port, subnetIds: [subnetId] };
}

async function onNewPort({ core }: L3, router: RouterRow, subnet: JsonObject, added: readonly RoutedSubnet[]): Promise<JsonObject> {
  const networkId = textOf(subnet, 'network_id', '');
  const body = {
    name: '', project_id: router.project_id, network_id: networkId, fixed_ips: [gatewayAddress(subnet)], admin_state_up: true, device_id: router.id, device_owner: interfaceOwnerOf(router),
  };
  const created = await core.ports.create?.(adminContext(), [body], {
    alongside: async (transaction, ids) => {
      // The contract of plugins leaves the type of their transaction open; ours is Kysely's.
      const tx = transaction as Tx;
      const attachments = await lockedAttachments(tx, router);
      if (subnet['ip_version'] === 6 && ipv6Port(attachments, networkId) !== undefined) throw new OutOfDate();
      await checkNoOverlap(tx, attachments, added);
      await tx.insertInto('router_ports').values(ids.map((id) => ({ port_id: id, router_id: router.id, port_type: interfaceOwnerOf(router) }))).execute();
    },
  });
  return created?.[0] ?? {};
}

async function onPort({ core }: L3, router: RouterRow, subnet: JsonObject, added: readonly RoutedSubnet[], { portId, networkId, addresses }: Attachment): Promise<JsonObject> {
  const fixedIps = addresses.map(({ subnetId, ip }) => ({ subnet_id: subnetId, ip_address: ip }));
  const updated = await core.ports.update?.(adminContext(), portId, { fixed_ips: [...fixedIps, gatewayAddress(subnet)] }, {
    alongside: async (transaction) => {
      const tx = transaction as Tx;
      const attachments = await lockedAttachments(tx, router);
      const now = ipv6Port(attachments, networkId);
      if (now?.portId !== portId || now.addresses.length !== addresses.length) throw new OutOfDate();
      await checkNoOverlap(tx, attachments, added);
    },
  });
  return updated ?? {};
}

function gatewayAddress(subnet: JsonObject): JsonObject {
  return { subnet_id: textOf(subnet, 'id', ''), ip_address: textOf(subnet, 'gateway_ip', '') };
}

async function lockedAttachments(tx: Tx, router: RouterRow): Promise<readonly Attachment[]> {
  await lockRouterAsIs(tx, router);
  return attachmentsOfRouter(tx, router.id);
}

/** A subnet of another project's network: only where the network is shared with this project by name. */
async function checkMayAttach(db: DbOrTx, context: RequestContext, subnet: JsonObject): Promise<void> {
  if (context.isAdmin || subnet['project_id'] === context.projectId) return;
  const grant = await db
    .selectFrom('network_rbacs')
    .select('id')
    .where('object_id', '=', textOf(subnet, 'network_id', ''))
    .where('action', '=', 'access_as_shared')
    .where('target_project', '=', context.projectId ?? '')
    .executeTakeFirst();
  if (grant === undefined) throw badRequest(`Cannot add interface to router because subnet ${textOf(subnet, 'id', '')} is not owned by project making the request`);
}
