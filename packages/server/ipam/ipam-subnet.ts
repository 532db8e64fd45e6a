import { parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import type { IpVersion } from '@neutrino/lib/net/ip';
import { parseRange, type IpRange } from '@neutrino/lib/net/ip-range';
import type { CompiledQuery, SelectQueryBuilder } from 'kysely';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { prepared } from '../db/prepared.ts';
import type { Database } from '../db/schema.ts';
import type { DbOrTx } from '../db/types.ts';

/** A subnet as address allocation sees it. */
export interface IpamSubnet {
  readonly id: string;
  readonly networkId: string;
  readonly version: IpVersion;
  readonly cidr: Cidr;
  readonly enableDhcp: boolean;
  /** Ports compute their own address from their MAC (SLAAC or stateless DHCPv6). */
  readonly autoAddress: boolean;
  readonly pools: readonly IpRange[];
  /** The device owners of the ports that it is for; none: all. */
  readonly serviceTypes: readonly string[];
}

/** `slaac` and `dhcpv6-stateless` leave the address to the port; `dhcpv6-stateful` takes it from the pools. */
export function isAutoAddress(modes: { readonly ipv6_address_mode: string | null; readonly ipv6_ra_mode: string | null }): boolean {
  const auto = (mode: string | null): boolean => mode === 'slaac' || mode === 'dhcpv6-stateless';
  return auto(modes.ipv6_address_mode) || auto(modes.ipv6_ra_mode);
}

interface SubnetRow {
  readonly id: string;
  readonly network_id: string;
  readonly ip_version: IpVersion;
  readonly cidr: string;
  readonly enable_dhcp: 0 | 1;
  readonly ipv6_address_mode: string | null;
  readonly ipv6_ra_mode: string | null;
  readonly service_types: string | null;
  /** Null in the one row of a subnet without pools. */
  readonly first_ip: string | null;
  readonly last_ip: string | null;
}

/** The subnets of some networks, oldest first within each, in one query. */
export async function loadIpamSubnets(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly IpamSubnet[]>> {
  if (networkIds.length === 0) return new Map();
  return ipamSubnetsOf(networkIds, (await db.executeQuery(ipamSubnetRows(db, networkIds))).rows);
}

/** A row for each pool of each subnet of the networks; see `ipamSubnetsOf`. */
export function ipamSubnetRows(db: DbOrTx, networkIds: readonly string[]): CompiledQuery<SubnetRow> {
  const [only, ...others] = networkIds;
  return only !== undefined && others.length === 0 ? rowsOfNetwork(db, { network: only }) : subnetRows(db).where(inList('subnets.network_id', networkIds)).compile();
}

const rowsOfNetwork = prepared<{ network: string }, SubnetRow>(['network'], (db, { network }) => subnetRows(db).where('subnets.network_id', '=', network));

function subnetRows(db: DbOrTx): SelectQueryBuilder<Database, 'subnets' | 'allocation_pools', SubnetRow> {
  return db
    .selectFrom('subnets')
    .leftJoin('allocation_pools', 'allocation_pools.subnet_id', 'subnets.id')
    .select(['subnets.id', 'subnets.network_id', 'subnets.ip_version', 'subnets.cidr', 'subnets.enable_dhcp', 'subnets.ipv6_address_mode', 'subnets.ipv6_ra_mode', 'subnets.service_types'])
    .select(['allocation_pools.first_ip', 'allocation_pools.last_ip'])
    .orderBy('subnets.created_at')
    .orderBy('subnets.id')
    .orderBy('allocation_pools.position');
}

/** network id → its subnets, of the rows of `ipamSubnetRows`. */
export function ipamSubnetsOf(networkIds: readonly string[], rows: readonly SubnetRow[]): ReadonlyMap<string, readonly IpamSubnet[]> {
  const byNetwork = new Map<string, IpamSubnet[]>(networkIds.map((id) => [id, []]));
  for (const ofSubnet of Map.groupBy(rows, ({ id }) => id).values()) {
    const [row] = ofSubnet;
    if (row === undefined) continue;
    const cidr = parseCidr(row.cidr);
    if (cidr === undefined) throw new Error(`subnet ${row.id} is stored with an invalid cidr`);
    byNetwork.get(row.network_id)?.push({
      id: row.id,
      networkId: row.network_id,
      version: row.ip_version,
      cidr,
      enableDhcp: row.enable_dhcp === 1,
      autoAddress: isAutoAddress(row),
      pools: ofSubnet.flatMap(({ first_ip, last_ip }) => (first_ip === null || last_ip === null ? [] : [rangeOf(row.id, first_ip, last_ip)])),
      serviceTypes: storedServiceTypes(row),
    });
  }
  return byNetwork;
}

export function storedServiceTypes({ service_types }: { readonly service_types: string | null }): readonly string[] {
  return service_types === null ? [] : (JSON.parse(service_types) as string[]);
}

function rangeOf(subnetId: string, first: string, last: string): IpRange {
  const range = parseRange(first, last);
  if (range === undefined) throw new Error(`an allocation pool of subnet ${subnetId} is stored with an invalid range`);
  return range;
}

/** subnet id → its allocation pools, in order. */
export async function loadPools(db: DbOrTx, subnetIds: readonly string[]): Promise<ReadonlyMap<string, readonly IpRange[]>> {
  const rows = await unlessEmpty(subnetIds, (ids) =>
    db.selectFrom('allocation_pools').selectAll().where(inList('subnet_id', ids)).orderBy('position').execute(),
  );
  const pools = new Map<string, IpRange[]>();
  for (const row of rows) {
    const range = rangeOf(row.subnet_id, row.first_ip, row.last_ip);
    const ranges = pools.get(row.subnet_id);
    if (ranges) ranges.push(range);
    else pools.set(row.subnet_id, [range]);
  }
  return pools;
}
