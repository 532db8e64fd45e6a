import { blocksOfRange } from '@neutrino/lib/net/cidr-blocks';
import { cidrContains, type Cidr } from '@neutrino/lib/net/cidr';
import { rangeOfCidr, rangesWithout } from '@neutrino/lib/net/ip-range';

/**
 * What of a pool's prefixes no subnet has, in as few prefixes as possible: the smallest first, and of equals the
 * lowest, so that whoever takes the first that is large enough leaves large ones whole as long as possible.
 */
export function freePrefixes(pool: readonly Cidr[], taken: readonly Cidr[]): readonly Cidr[] {
  const free = rangesWithout(pool.map(rangeOfCidr), taken.map(rangeOfCidr));
  return free.flatMap(blocksOfRange).toSorted((a, b) => b.prefixLength - a.prefixLength);
}

/** A prefix of that length out of the free ones; undefined where none is large enough. */
export function takePrefix(free: readonly Cidr[], prefixLength: number): Cidr | undefined {
  const from = free.find((prefix) => prefix.prefixLength <= prefixLength);
  return from && { ...from, prefixLength };
}

/** Whether the whole of `wanted` is free. */
export function isFree(free: readonly Cidr[], wanted: Cidr): boolean {
  return free.some((prefix) => cidrContains(prefix, wanted));
}
