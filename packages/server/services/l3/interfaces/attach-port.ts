import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortInUse } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import { parseIp } from '@neutrino/lib/net/ip';
import { adminContext, type RequestContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import { objectsOf, optionalList, textOf } from '../../../plugins/ml2/request-values.ts';
import { badRequest, checkNoOverlap, routedSubnets } from '../attached-subnets.ts';
import { attachmentsOfRouter } from '../attachments.ts';
import { interfaceOwnerOf, type L3 } from '../l3.ts';
import { lockRouterAsIs, type RouterRow } from '../router-rows.ts';
import { OutOfDate } from '../until-current.ts';
import { checkAnnouncements, ipv6Port } from './announcements.ts';
import type { InterfaceChange } from './interface-change.ts';

/** Makes a port that nothing uses the router's. */
export async function attachPort(l3: L3, context: RequestContext, router: RouterRow, portId: string): Promise<InterfaceChange> {
  const port = await l3.core.ports.get(context, portId);
  requireFree(port);
  const fixedIps = objectsOf(optionalList(port, 'fixed_ips') ?? []);
  if (fixedIps.length === 0) throw badRequest('Router port must have at least one fixed IP');
  const subnetIds = fixedIps.map((ip) => textOf(ip, 'subnet_id', ''));
  const subnets = await Promise.all([...new Set(subnetIds)].map((id) => l3.core.subnets.get(adminContext(context.requestId), id)));
  subnets.forEach(checkAnnouncements);
  if (subnets.filter((subnet) => subnet['ip_version'] === 4).length > 1) throw badRequest('Cannot have multiple IPv4 subnets on router port');
  checkFromPools(context, port, subnets);
  const added = await routedSubnets(l3.db, 'id', subnetIds);
  const networkId = textOf(port, 'network_id', '');
  const attached = await l3.core.ports.update?.(adminContext(context.requestId), portId, { device_id: router.id, device_owner: interfaceOwnerOf(router) }, {
    alongside: async (transaction, ids) => {
      const tx = transaction as Tx;
      const row = await tx.selectFrom('ports').select(['device_id', 'revision_number']).where('id', '=', portId).executeTakeFirst();
      if (row?.device_id !== '') requireFree({ ...port, device_id: row?.device_id ?? '' });
      if (row?.revision_number !== port['revision_number']) throw new OutOfDate();
      await lockRouterAsIs(tx, router);
      const attachments = await attachmentsOfRouter(tx, router.id);
      const announcing = subnets.some((subnet) => subnet['ip_version'] === 6) ? ipv6Port(attachments, networkId) : undefined;
      if (announcing !== undefined) {
        throw badRequest(`Cannot have multiple router ports with the same network id if both contain IPv6 subnets. Existing port ${announcing.portId} has IPv6 subnet(s) and network id ${networkId}`);
      }
      await checkNoOverlap(tx, attachments, added);
      await tx.insertInto('router_ports').values(ids.map((id) => ({ port_id: id, router_id: router.id, port_type: interfaceOwnerOf(router) }))).execute();
    },
  });
  return { port: attached ?? {}, subnetIds };
}

function requireFree(port: JsonObject): void {
  if (textOf(port, 'device_id', '') === '') return;
  throw new NeutronError(PortInUse, { net_id: port['network_id'], port_id: port['id'], device_id: port['device_id'] });
}

/** An address outside the pools of somebody else's subnet may be the one that its owner means to give away. */
function checkFromPools(context: RequestContext, port: JsonObject, subnets: readonly JsonObject[]): void {
  if (context.isAdmin) return;
  const byId = new Map(subnets.map((subnet) => [subnet['id'], subnet]));
  for (const fixedIp of objectsOf(optionalList(port, 'fixed_ips') ?? [])) {
    const subnet = byId.get(fixedIp['subnet_id'] ?? '');
    if (subnet === undefined || subnet['project_id'] === context.projectId || isInPool(subnet, textOf(fixedIp, 'ip_address', ''))) continue;
    throw badRequest(
      `Cannot add interface to router because specified port ${textOf(port, 'id', '')} has an IP address out of the allocation pool of subnet ${textOf(subnet, 'id', '')}, which is not owned by the project making the request`,
    );
  }
}

function isInPool(subnet: JsonObject, address: string): boolean {
  const ip = parseIp(address);
  return objectsOf(optionalList(subnet, 'allocation_pools') ?? []).some((pool) => {
    const [start, end] = [parseIp(textOf(pool, 'start', '')), parseIp(textOf(pool, 'end', ''))];
    return ip !== undefined && start !== undefined && end !== undefined && ip.version === start.version && ip.value >= start.value && ip.value <= end.value;
  });
}
