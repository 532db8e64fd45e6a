import { parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import type { IpVersion } from '@neutrino/lib/net/ip';
import { parseRange, type IpRange } from '@neutrino/lib/net/ip-range';
import { inList, unlessEmpty } from '../db/id-list.ts';
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

/** The subnets of some networks, oldest first within each, in two queries. */
export async function loadIpamSubnets(db: DbOrTx, networkIds: readonly string[]): Promise<ReadonlyMap<string, readonly IpamSubnet[]>> {
  const subnets = await unlessEmpty(networkIds, (ids) =>
    db
      .selectFrom('subnets')
      .select(['id', 'network_id', 'ip_version', 'cidr', 'enable_dhcp', 'ipv6_address_mode', 'ipv6_ra_mode', 'service_types', 'created_at'])
      .where(inList('network_id', ids))
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  );
  const pools = await loadPools(
    db,
    subnets.map(({ id }) => id),
  );
  const byNetwork = new Map<string, IpamSubnet[]>(networkIds.map((id) => [id, []]));
  for (const row of subnets) {
    const cidr = parseCidr(row.cidr);
    if (cidr === undefined) throw new Error(`subnet ${row.id} is stored with an invalid cidr`);
    byNetwork.get(row.network_id)?.push({
      id: row.id,
      networkId: row.network_id,
      version: row.ip_version,
      cidr,
      enableDhcp: row.enable_dhcp === 1,
      autoAddress: isAutoAddress(row),
      pools: pools.get(row.id) ?? [],
      serviceTypes: storedServiceTypes(row),
    });
  }
  return byNetwork;
}

export function storedServiceTypes({ service_types }: { readonly service_types: string | null }): readonly string[] {
  return service_types === null ? [] : (JSON.parse(service_types) as string[]);
}

/** subnet id → its allocation pools, in order. */
export async function loadPools(db: DbOrTx, subnetIds: readonly string[]): Promise<ReadonlyMap<string, readonly IpRange[]>> {
  const rows = await unlessEmpty(subnetIds, (ids) =>
    db.selectFrom('allocation_pools').selectAll().where(inList('subnet_id', ids)).orderBy('position').execute(),
  );
  const pools = new Map<string, IpRange[]>();
  for (const row of rows) {
    const range = parseRange(row.first_ip, row.last_ip);
    if (range === undefined) throw new Error(`allocation pool ${row.id} is stored with an invalid range`);
    const ranges = pools.get(row.subnet_id);
    if (ranges) ranges.push(range);
    else pools.set(row.subnet_id, [range]);
  }
  return pools;
}
