import { PREFIX_DELEGATION } from '@neutrino/lib/api/definitions/subnet';
import type { JsonObject } from '@neutrino/lib/json';
import { cidrsOverlap, formatCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { formatIp, type IpAddress } from '@neutrino/lib/net/ip';
import type { IpRange } from '@neutrino/lib/net/ip-range';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { subnetChanges } from '../../../change-log/network-changes.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { rowsExist } from '../../../db/rows-exist.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { checkedPools, checkGateway, checkGatewayOutsidePools, defaultGateway, defaultPools, poolBody, secondAddress, type PoolBody } from '../../../ipam/allocation-pools.ts';
import { isAutoAddress } from '../../../ipam/ipam-subnet.ts';
import { columnsOfBody } from '../attribute-columns.ts';
import { processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { checkMtu } from '../networks/check-mtu.ts';
import { usableNetwork } from '../networks/use-network.ts';
import { publishCreated, publishUpdated, type Change } from '../publish.ts';
import { booleanOf, objectsOf, optionalList, optionalText, textOf } from '../request-values.ts';
import { newStandardAttributes, touch } from '../standard-attributes.ts';
import { storedCidr } from '../subnetpools/pool-view.ts';
import { addAutoAddresses } from './auto-addresses.ts';
import { subnetViewsById } from './read-subnet.ts';
import { checkPoolAffinity, type Neighbour } from './pool-affinity.ts';
import { prefixFromPool, provisionalPrefix, sourceOf } from './subnet-source.ts';
import { checkDhcpPossible, checkedHostRoutes, checkedNameservers, checkIpv6Modes, invalid, type Ipv6Modes } from './validate-subnet.ts';

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
    await recordChanges(tx, [...views.flatMap((view) => subnetChanges(view)), ...portChanges(changedPorts)]);
    await options?.beforeCommit?.(tx);
    return { created: views, readdressed: changedPorts };
  }, (db, made) => rowsExist('subnets')(db, made.created));
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
  const source = await sourceOf(ml2, tx, context, body);
  // What can be said of the request without its pool is said before anything is locked.
  const planned = source.kind === 'given' ? planSubnet(body, source.cidr, false) : undefined;
  const network = await usableNetwork(tx, context, textOf(body, 'network_id', ''), 'subnet');
  // The lock under which prefixes are compared; and ports that are being made on the network are waited for.
  await tx.selectFrom('networks').select('id').where('id', '=', network.id).forUpdate().execute();
  await touch(tx, 'networks', [network.id]);
  const taken = source.kind === 'pool' ? await prefixFromPool(tx, context, body, source.poolId) : undefined;
  const isChosen = taken !== undefined && optionalText(body, 'cidr') === undefined;
  const plan = planned ?? planSubnet(body, taken?.cidr ?? provisionalPrefix, isChosen);
  const poolId = source.kind === 'delegated' ? PREFIX_DELEGATION : (taken?.pool.id ?? null);
  const { version } = plan.cidr;
  checkMtu(network.id, network.mtu, version);
  const neighbours = await neighboursOn(tx, network.id);
  checkNoOverlap(network.id, plan.cidr, neighbours);
  checkPoolAffinity({ version, poolId, scopeId: taken?.pool.address_scope_id ?? null }, neighbours);
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
      subnetpool_id: poolId,
      service_types: JSON.stringify(optionalList(body, 'service_types') ?? []),
      ...newStandardAttributes(body),
      ...columnsOfBody(ml2, 'subnets', body),
    })
    .execute();
  await insertPools(tx, id, plan.pools);
  await processCreate(ml2, tx, 'subnets', body, id);
  const changes = isAutoAddress(plan.modes) ? await addAutoAddresses(ml2, tx, network.id, id) : [];
  return { id, changes };
}

/** `isChosen`: the prefix is a pool's choice. */
function planSubnet(body: JsonObject, cidr: Cidr, isChosen: boolean): SubnetPlan {
  const enableDhcp = booleanOf(body, 'enable_dhcp', true);
  if (enableDhcp) checkDhcpPossible(cidr);
  const modes = { ipv6_ra_mode: optionalText(body, 'ipv6_ra_mode') ?? null, ipv6_address_mode: optionalText(body, 'ipv6_address_mode') ?? null };
  checkIpv6Modes(modes, cidr, enableDhcp);
  const gateway = gatewayOf(body, cidr, isChosen ? secondAddress(cidr) : defaultGateway(cidr));
  const asked = optionalList(body, 'allocation_pools');
  if (asked === undefined) return { cidr, gateway, pools: defaultPools(cidr, gateway), modes, enableDhcp };
  const pools = checkedPools(poolBodies(objectsOf(asked)), cidr);
  if (gateway !== undefined) checkGatewayOutsidePools(gateway, pools);
  return { cidr, gateway, pools, modes, enableDhcp };
}

/** Null: no gateway. Absent: `otherwise`. */
function gatewayOf(body: JsonObject, cidr: Cidr, otherwise: IpAddress | undefined): IpAddress | undefined {
  if (body['gateway_ip'] === null) return undefined;
  const asked = optionalText(body, 'gateway_ip');
  return asked === undefined ? otherwise : checkGateway(asked, cidr);
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

interface PlacedNeighbour extends Neighbour {
  readonly cidr: Cidr;
}

async function neighboursOn(tx: Tx, networkId: string): Promise<readonly PlacedNeighbour[]> {
  const rows = await tx
    .selectFrom('subnets')
    .leftJoin('subnetpools', 'subnetpools.id', 'subnets.subnetpool_id')
    .select(['subnets.cidr', 'subnets.ip_version', 'subnets.subnetpool_id', 'subnetpools.address_scope_id'])
    .where('subnets.network_id', '=', networkId)
    .execute();
  return rows.map((row) => ({ ...row, cidr: storedCidr(row.cidr) }));
}

function checkNoOverlap(networkId: string, cidr: Cidr, others: readonly PlacedNeighbour[]): void {
  if (others.some((other) => other.subnetpool_id !== PREFIX_DELEGATION && cidrsOverlap(other.cidr, cidr))) {
    invalid(`Requested subnet with cidr: ${formatCidr(cidr)} for network: ${networkId} overlaps with another subnet`);
  }
}
