import type { JsonObject } from '@neutrino/lib/json';
import { cidrsOverlap, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { formatIp, type IpAddress, type IpVersion } from '@neutrino/lib/net/ip';
import type { IpRange } from '@neutrino/lib/net/ip-range';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { checkedPools, checkGateway, checkGatewayOutsidePools, defaultGateway, defaultPools, poolBody, type PoolBody } from '../../../ipam/allocation-pools.ts';
import { isAutoAddress } from '../../../ipam/ipam-subnet.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { checkMtu } from '../networks/check-mtu.ts';
import { usableNetwork } from '../networks/use-network.ts';
import { publishCreated, publishUpdated, type Change } from '../publish.ts';
import { booleanOf, objectsOf, optionalList, optionalNumber, optionalText, textOf } from '../request-values.ts';
import { newStandardAttributes, touch } from '../standard-attributes.ts';
import { addAutoAddresses } from './auto-addresses.ts';
import { subnetViewsById } from './read-subnet.ts';
import { checkDhcpPossible, checkedCidr, checkedHostRoutes, checkedNameservers, checkIpv6Modes, invalid, type Ipv6Modes } from './validate-subnet.ts';

/** Creates all or none. A subnet whose addresses ports compute themselves gives every port of its network one. */
export async function createSubnets(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly JsonObject[]> {
  const { created, readdressed } = await transact(ml2.db, async (tx) => {
    const ids: string[] = [];
    const changedPorts: Change[] = [];
    for (const body of bodies) {
      const { id, changes } = await insertSubnet(ml2, tx, context, body);
      ids.push(id);
      changedPorts.push(...changes);
    }
    const views = await subnetViewsById(ml2, tx, ids, context);
    await options?.beforeCommit?.(tx);
    return { created: views, readdressed: changedPorts };
  });
  await publishCreated(ml2, context, 'subnet', created);
  for (const change of readdressed) await publishUpdated(ml2, context, 'port', change);
  return created;
}

interface SubnetPlan {
  readonly cidr: Cidr;
  readonly gateway: IpAddress | undefined;
  readonly pools: readonly IpRange[];
  readonly modes: Ipv6Modes;
  readonly enableDhcp: boolean;
}

async function insertSubnet(ml2: Ml2, tx: Tx, context: RequestContext, body: JsonObject): Promise<{ id: string; changes: readonly Change[] }> {
  const id = crypto.randomUUID();
  const plan = planSubnet(body);
  const network = await usableNetwork(tx, context, textOf(body, 'network_id', ''), 'subnet');
  // Counted up first: on engines with several writers this row is the lock under which prefixes are compared.
  await touch(tx, 'networks', [network.id]);
  checkMtu(network.id, network.mtu, plan.cidr.version);
  await checkNoOverlap(tx, network.id, plan.cidr);
  const { version } = plan.cidr;
  await tx
    .insertInto('subnets')
    .values({
      id,
      project_id: textOf(body, 'project_id', context.projectId ?? ''),
      network_id: network.id,
      name: textOf(body, 'name', ''),
      ip_version: version,
      cidr: formatCidr(plan.cidr),
      gateway_ip: plan.gateway === undefined ? null : formatIp(plan.gateway),
      enable_dhcp: plan.enableDhcp ? 1 : 0,
      ...plan.modes,
      dns_nameservers: JSON.stringify(checkedNameservers(ml2.settings, optionalList(body, 'dns_nameservers') ?? [], version, 'new subnet')),
      host_routes: JSON.stringify(checkedHostRoutes(ml2.settings, optionalList(body, 'host_routes') ?? [], version, 'new subnet')),
      subnetpool_id: null,
      ...newStandardAttributes(body),
      ...columnsOfBody(ml2, 'subnets', body),
    })
    .execute();
  await insertPools(tx, id, plan.pools);
  await processCreate(ml2, tx, 'subnets', body, id);
  const changes = isAutoAddress(plan.modes) ? await addAutoAddresses(ml2, tx, network.id, id) : [];
  return { id, changes };
}

function planSubnet(body: JsonObject): SubnetPlan {
  const version: IpVersion = optionalNumber(body, 'ip_version') === 6 ? 6 : 4;
  const cidr = checkedCidr(optionalText(body, 'cidr'), version);
  const enableDhcp = booleanOf(body, 'enable_dhcp', true);
  if (enableDhcp) checkDhcpPossible(cidr);
  const modes = { ipv6_ra_mode: optionalText(body, 'ipv6_ra_mode') ?? null, ipv6_address_mode: optionalText(body, 'ipv6_address_mode') ?? null };
  checkIpv6Modes(modes, cidr, enableDhcp);
  const gateway = gatewayOf(body, cidr);
  const asked = optionalList(body, 'allocation_pools');
  if (asked === undefined) return { cidr, gateway, pools: defaultPools(cidr, gateway), modes, enableDhcp };
  const pools = checkedPools(poolBodies(objectsOf(asked)), cidr);
  if (gateway !== undefined) checkGatewayOutsidePools(gateway, pools);
  return { cidr, gateway, pools, modes, enableDhcp };
}

/** Null: no gateway. Absent: the first address. */
function gatewayOf(body: JsonObject, cidr: Cidr): IpAddress | undefined {
  if (body['gateway_ip'] === null) return undefined;
  const asked = optionalText(body, 'gateway_ip');
  return asked === undefined ? defaultGateway(cidr) : checkGateway(asked, cidr);
}

export function poolBodies(pools: readonly JsonObject[]): readonly PoolBody[] {
  return pools.map((pool) => ({ start: textOf(pool, 'start', ''), end: textOf(pool, 'end', '') }));
}

export async function insertPools(tx: Tx, subnetId: string, pools: readonly IpRange[]): Promise<void> {
  if (pools.length === 0) return;
  await tx
    .insertInto('allocation_pools')
    .values(
      pools.map((range, position) => {
        const { start, end } = poolBody(range);
        return { id: crypto.randomUUID(), subnet_id: subnetId, first_ip: start, last_ip: end, position };
      }),
    )
    .execute();
}

async function checkNoOverlap(tx: Tx, networkId: string, cidr: Cidr): Promise<void> {
  const others = await tx.selectFrom('subnets').select('cidr').where('network_id', '=', networkId).execute();
  for (const other of others.map((row) => parseCidr(row.cidr))) {
    if (other !== undefined && cidrsOverlap(other, cidr)) {
      invalid(`Requested subnet with cidr: ${formatCidr(cidr)} for network: ${networkId} overlaps with another subnet`);
    }
  }
}
