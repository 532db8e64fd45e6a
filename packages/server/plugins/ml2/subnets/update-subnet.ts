import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { GatewayIpInUse } from '@neutrino/lib/exceptions/subnet';
import type { JsonObject } from '@neutrino/lib/json';
import { formatIp, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import type { IpRange } from '@neutrino/lib/net/ip-range';
import type { Updateable } from 'kysely';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import type { SubnetsTable } from '../../../db/schema.ts';
import { subnetChanges } from '../../../change-log/network-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { routerPortOwners } from '../../../ipam/requested-addresses.ts';
import { checkedPools, checkGateway, checkGatewayOutsidePools } from '../../../ipam/allocation-pools.ts';
import { loadPools } from '../../../ipam/ipam-subnet.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { processUpdate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { publishUpdated } from '../publish.ts';
import { objectsOf, optionalList } from '../request-values.ts';
import { checkRevision, touch } from '../standard-attributes.ts';
import { storedCidr } from '../subnetpools/pool-view.ts';
import { insertPools, poolBodies } from './create-subnet.ts';
import { subnetView, visibleSubnet } from './read-subnet.ts';
import type { SubnetRow } from './subnet-view.ts';
import { checkDhcpPossible, checkedHostRoutes, checkedNameservers, invalid } from './validate-subnet.ts';

export async function updateSubnet(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<JsonObject> {
  const change = await transact(ml2.db, async (tx) => {
    const row = await visibleSubnet(tx, context, id, { lock: true });
    checkRevision(row, options?.revisionNumber);
    const original = await subnetView(ml2, tx, id, context);
    await touch(tx, 'subnets', [id]);
    await touch(tx, 'networks', [row.network_id]);
    const columns = { ...changedColumns(ml2, row, changes), ...columnsOfBody(ml2, 'subnets', changes), ...(await changedAddressing(tx, row, changes)) };
    if (Object.keys(columns).length > 0) await tx.updateTable('subnets').set(columns).where('id', '=', id).execute();
    await processUpdate(ml2, tx, 'subnets', changes, id);
    const current = await subnetView(ml2, tx, id, context);
    await recordChanges(tx, subnetChanges(current, original));
    return { original, current };
  });
  await publishUpdated(ml2, context, 'subnet', change);
  return change.current;
}

function changedColumns(ml2: Ml2, row: SubnetRow, changes: JsonObject): Updateable<SubnetsTable> {
  const columns: Updateable<SubnetsTable> = {};
  if (typeof changes['name'] === 'string') columns.name = changes['name'];
  if (typeof changes['description'] === 'string') columns.description = changes['description'];
  const nameservers = optionalList(changes, 'dns_nameservers');
  if (nameservers) columns.dns_nameservers = JSON.stringify(checkedNameservers(ml2.settings, nameservers, row.ip_version, row.id));
  const routes = optionalList(changes, 'host_routes');
  if (routes) columns.host_routes = JSON.stringify(checkedHostRoutes(ml2.settings, routes, row.ip_version, row.id));
  const serviceTypes = optionalList(changes, 'service_types');
  if (serviceTypes) columns.service_types = JSON.stringify(serviceTypes);
  if (typeof changes['enable_dhcp'] === 'boolean') {
    if (changes['enable_dhcp'] && row.enable_dhcp === 0) checkDhcpPossible(storedCidr(row.cidr));
    if (!changes['enable_dhcp'] && (row.ipv6_ra_mode !== null || row.ipv6_address_mode !== null)) {
      invalid('Cannot disable enable_dhcp with ipv6 attributes set');
    }
    columns.enable_dhcp = changes['enable_dhcp'] ? 1 : 0;
  }
  return columns;
}

/** Gateway and pools: each may change, but the one stays outside the other. Addresses already given keep. */
async function changedAddressing(tx: Tx, row: SubnetRow, changes: JsonObject): Promise<Updateable<SubnetsTable>> {
  const cidr = storedCidr(row.cidr);
  const asked = optionalList(changes, 'allocation_pools');
  const pools: readonly IpRange[] = asked === undefined ? ((await loadPools(tx, [row.id])).get(row.id) ?? []) : checkedPools(poolBodies(objectsOf(asked)), cidr);
  const before = row.gateway_ip === null ? undefined : parseIp(row.gateway_ip);
  let gateway: IpAddress | undefined = before;
  if (changes['gateway_ip'] === null) gateway = undefined;
  else if (typeof changes['gateway_ip'] === 'string') gateway = checkGateway(changes['gateway_ip'], cidr);
  const moved = gateway?.value !== before?.value;
  if (moved && row.gateway_ip !== null) await checkGatewayUnused(tx, row.id, row.gateway_ip);
  if ((moved || asked !== undefined) && gateway !== undefined) checkGatewayOutsidePools(gateway, pools);
  if (asked !== undefined) {
    await tx.deleteFrom('allocation_pools').where('subnet_id', '=', row.id).execute();
    await insertPools(tx, row.id, pools);
  }
  return moved ? { gateway_ip: gateway === undefined ? null : formatIp(gateway) } : {};
}

/** A gateway address that a router's interface has cannot be taken from under it. */
async function checkGatewayUnused(tx: Tx, subnetId: string, gatewayIp: string): Promise<void> {
  const router = await tx
    .selectFrom('ip_allocations')
    .innerJoin('ports', 'ports.id', 'ip_allocations.port_id')
    .select('ports.id')
    .where('ip_allocations.subnet_id', '=', subnetId)
    .where('ip_allocations.ip_address', '=', gatewayIp)
    .where('ports.device_owner', 'in', [...routerPortOwners])
    .executeTakeFirst();
  if (router !== undefined) throw new NeutronError(GatewayIpInUse, { ip_address: gatewayIp, port_id: router.id });
}
