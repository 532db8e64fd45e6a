import { parseCidr } from '@neutrino/lib/net/cidr';
import type { IpVersion } from '@neutrino/lib/net/ip';
import { rangeOfCidr, rangeSize } from '@neutrino/lib/net/ip-range';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import { oneOf } from '../../db/list-query.ts';
import type { DbOrTx } from '../../db/types.ts';
import { loadPools } from '../../ipam/ipam-subnet.ts';

/** The addresses of a subnet: how many its pools have, and how many its ports. */
export interface SubnetAddresses {
  readonly id: string;
  readonly name: string;
  readonly networkId: string;
  readonly version: IpVersion;
  readonly cidr: string;
  readonly total: bigint;
  readonly used: number;
}

/** network id → its subnets, of these IP versions where some are given: three queries, however many networks. */
export async function countAddresses(db: DbOrTx, networkIds: readonly string[], versions: readonly IpVersion[] | undefined): Promise<ReadonlyMap<string, readonly SubnetAddresses[]>> {
  const subnets = await unlessEmpty(networkIds, (ids) => {
    const all = db.selectFrom('subnets').select(['id', 'name', 'network_id', 'ip_version', 'cidr']).where(inList('network_id', ids));
    return (versions === undefined ? all : all.where(oneOf('ip_version', versions))).orderBy('created_at').orderBy('id').execute();
  });
  const ids = subnets.map(({ id }) => id);
  const pools = await loadPools(db, ids);
  const used = await usedOf(db, ids);
  const counted = subnets.map((row) => ({
    id: row.id,
    name: row.name,
    networkId: row.network_id,
    version: row.ip_version,
    cidr: row.cidr,
    total: pools.get(row.id)?.reduce((sum, pool) => sum + rangeSize(pool), 0n) ?? sizeOf(row.cidr),
    used: used.get(row.id) ?? 0,
  }));
  return Map.groupBy(counted, ({ networkId }) => networkId);
}

async function usedOf(db: DbOrTx, subnetIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const rows = await unlessEmpty(subnetIds, (ids) =>
    db
      .selectFrom('ip_allocations')
      .select(({ fn }) => ['subnet_id', fn.countAll<number | string>().as('used')])
      .where(inList('subnet_id', ids))
      .groupBy('subnet_id')
      .execute(),
  );
  return new Map(rows.map(({ subnet_id, used }) => [subnet_id, Number(used)]));
}

/** Without pools, all of its prefix counts. */
function sizeOf(text: string): bigint {
  const cidr = parseCidr(text);
  return cidr === undefined ? 0n : rangeSize(rangeOfCidr(cidr));
}
