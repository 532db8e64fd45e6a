import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { MaxPrefixSubnetAllocationError, MinPrefixSubnetAllocationError, SubnetAllocationError, SubnetPoolQuotaExceeded } from '@neutrino/lib/exceptions/subnetpool';
import type { Cidr } from '@neutrino/lib/net/cidr';
import { freePrefixes, isFree, takePrefix } from '../../../ipam/free-prefix.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { prefixesOf, storedCidr, type PoolRow } from './pool-view.ts';

/** A prefix of its own choice, or any of a length. */
export type PrefixWish = { readonly kind: 'this'; readonly cidr: Cidr } | { readonly kind: 'any'; readonly prefixLength: number };

/** What a pool's quota counts: single addresses in IPv4, /64 prefixes in IPv6. */
const quotaUnit = { 4: 32, 6: 64 } as const;

/** A prefix for a subnet of `projectId` out of a pool that the transaction has locked. */
export async function allocatePrefix(tx: Tx, pool: PoolRow, projectId: string, wish: PrefixWish): Promise<Cidr> {
  const prefixLength = wish.kind === 'this' ? wish.cidr.prefixLength : wish.prefixLength;
  if (prefixLength > pool.max_prefixlen) throw new NeutronError(MaxPrefixSubnetAllocationError, { prefixlen: prefixLength, max_prefixlen: pool.max_prefixlen });
  if (prefixLength < pool.min_prefixlen) throw new NeutronError(MinPrefixSubnetAllocationError, { prefixlen: prefixLength, min_prefixlen: pool.min_prefixlen });
  await checkQuota(tx, pool, projectId, prefixLength);
  const free = freePrefixes((await prefixesOf(tx, [pool.id])).get(pool.id) ?? [], await allocatedPrefixes(tx, pool.id));
  if (wish.kind === 'this') {
    if (isFree(free, wish.cidr)) return wish.cidr;
    throw new NeutronError(SubnetAllocationError, { reason: 'Cannot allocate requested subnet from the available set of prefixes' });
  }
  const taken = takePrefix(free, prefixLength);
  if (taken !== undefined) return taken;
  throw new NeutronError(SubnetAllocationError, { reason: `Insufficient prefix space to allocate subnet size /${String(prefixLength)}` });
}

/** The prefixes of the subnets that were taken from a pool. */
export async function allocatedPrefixes(db: DbOrTx, poolId: string): Promise<readonly Cidr[]> {
  const rows = await db.selectFrom('subnets').select('cidr').where('subnetpool_id', '=', poolId).execute();
  return rows.map(({ cidr }) => storedCidr(cidr));
}

/** A quota of 0 is none. */
async function checkQuota(tx: Tx, { id, ip_version, default_quota: quota }: PoolRow, projectId: string, prefixLength: number): Promise<void> {
  if (quota === null || quota === 0) return;
  const units = (length: number): number => 2 ** (quotaUnit[ip_version] - length);
  const rows = await tx.selectFrom('subnets').select('cidr').where('subnetpool_id', '=', id).where('project_id', '=', projectId).execute();
  const used = rows.reduce((sum, { cidr }) => sum + units(storedCidr(cidr).prefixLength), 0);
  if (used + units(prefixLength) > quota) throw new NeutronError(SubnetPoolQuotaExceeded);
}
