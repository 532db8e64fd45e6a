import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { RouterInterfaceInUseByFloatingIP, RouterInterfaceInUseByRoute, RouterInterfaceNotFound, RouterInterfaceNotFoundForSubnet, SubnetMismatchForPort } from '@neutrino/lib/exceptions/router';
import { cidrContains } from '@neutrino/lib/net/cidr';
import { parseIp } from '@neutrino/lib/net/ip';
import { adminContext, type RequestContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import { routedSubnets, type RoutedSubnet } from '../attached-subnets.ts';
import { attachmentsOfRouter, type Attachment } from '../attachments.ts';
import { needsPrefix, routesOfRouter } from '../extra-routes.ts';
import { isInterface, type L3 } from '../l3.ts';
import { lockRouter, type RouterRow } from '../router-rows.ts';
import { OutOfDate } from '../until-current.ts';
import type { InterfaceChange } from './interface-change.ts';

/** Takes a port of the router's away. `subnetId`: one that it must be on. */
export async function detachPort(l3: L3, router: RouterRow, portId: string, subnetId: string | undefined): Promise<InterfaceChange> {
  const attachment = (await attachmentsOfRouter(l3.db, router.id)).find((each) => each.portId === portId && isInterface(each.type));
  if (attachment === undefined) throw new NeutronError(RouterInterfaceNotFound, { router_id: router.id, port_id: portId });
  const subnetIds = attachment.addresses.map((address) => address.subnetId);
  if (subnetId !== undefined && !subnetIds.includes(subnetId)) throw new NeutronError(SubnetMismatchForPort, { port_id: portId, subnet_id: subnetId });
  return deletePort(l3, router, attachment);
}

/** Takes the router off a subnet: with its port, unless that is on others too. */
export async function detachSubnet(l3: L3, context: RequestContext, router: RouterRow, subnetId: string): Promise<InterfaceChange> {
  await l3.core.subnets.get(context, subnetId);
  const attachment = (await attachmentsOfRouter(l3.db, router.id)).find(({ type, addresses }) => isInterface(type) && addresses.some((address) => address.subnetId === subnetId));
  if (attachment === undefined) throw new NeutronError(RouterInterfaceNotFoundForSubnet, { router_id: router.id, subnet_id: subnetId });
  const kept = attachment.addresses.filter((address) => address.subnetId !== subnetId);
  if (kept.length === 0) return deletePort(l3, router, attachment);
  const admin = adminContext();
  const before = await l3.core.ports.get(admin, attachment.portId);
  await l3.core.ports.update?.(admin, attachment.portId, { fixed_ips: kept.map(({ subnetId: id, ip }) => ({ subnet_id: id, ip_address: ip })) }, {
    alongside: async (transaction) => {
      const tx = transaction as Tx;
      await lockRouter(tx, router.id);
      const now = (await attachmentsOfRouter(tx, router.id)).find(({ portId }) => portId === attachment.portId);
      if (now?.addresses.length !== attachment.addresses.length) throw new OutOfDate();
      await checkUnused(tx, router, await routedSubnets(tx, 'id', [subnetId]));
    },
  });
  return { port: before, subnetIds: [subnetId] };
}

async function deletePort(l3: L3, router: RouterRow, { portId, addresses }: Attachment): Promise<InterfaceChange> {
  const admin = adminContext();
  const port = await l3.core.ports.get(admin, portId);
  const subnetIds = addresses.map(({ subnetId }) => subnetId);
  await l3.core.ports.delete?.(admin, portId, {
    alongside: async (transaction) => {
      const tx = transaction as Tx;
      await lockRouter(tx, router.id);
      await checkUnused(tx, router, await routedSubnets(tx, 'id', subnetIds));
    },
  });
  return { port, subnetIds };
}

/** Throws where floating IPs, ports of such, or extra routes of the router need one of the subnets. */
async function checkUnused(tx: Tx, router: RouterRow, subnets: readonly RoutedSubnet[]): Promise<void> {
  const routes = await routesOfRouter(tx, router.id);
  const floating = await tx.selectFrom('floatingips').select(['fixed_port_id', 'fixed_ip_address']).where('router_id', '=', router.id).where('fixed_port_id', 'is not', null).execute();
  const forwarded = await tx
    .selectFrom('port_forwardings')
    .innerJoin('floatingips', 'floatingips.id', 'port_forwardings.floatingip_id')
    .select(['port_forwardings.internal_port_id as fixed_port_id', 'port_forwardings.internal_ip_address as fixed_ip_address'])
    .where('floatingips.router_id', '=', router.id)
    .execute();
  for (const { id, cidr } of subnets) {
    if (needsPrefix(routes, cidr)) throw new NeutronError(RouterInterfaceInUseByRoute, { router_id: router.id, subnet_id: id });
    const inside = [...floating, ...forwarded].filter(({ fixed_ip_address: address }) => {
      const ip = parseIp(address ?? '');
      return ip !== undefined && cidrContains(cidr, ip);
    });
    if (inside.length === 0) continue;
    const ports = inside.flatMap(({ fixed_port_id: port }) => port ?? []);
    const holder = await tx.selectFrom('ip_allocations').select('port_id').where('subnet_id', '=', id).where('port_id', 'in', ports).limit(1).executeTakeFirst();
    if (holder !== undefined) throw new NeutronError(RouterInterfaceInUseByFloatingIP, { router_id: router.id, subnet_id: id });
  }
}
