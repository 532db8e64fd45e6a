import type { Cidr } from './cidr.ts';
import { addressBits } from './ip.ts';
import { haveCommonAddress, mergeRanges, rangeOfCidr, rangesWithout, type IpRange } from './ip-range.ts';

/** The fewest prefixes that hold exactly the addresses of a range, ascending. */
export function blocksOfRange({ version, first, last }: IpRange): readonly Cidr[] {
  const bits = addressBits(version);
  const blocks: Cidr[] = [];
  for (let next = first; next <= last; ) {
    // As large as the alignment of its first address and what is left of the range allow.
    let hostBits = 0;
    while (hostBits < bits && ((next >> BigInt(hostBits)) & 1n) === 0n && next + (1n << BigInt(hostBits + 1)) - 1n <= last) hostBits += 1;
    blocks.push({ version, first: next, prefixLength: bits - hostBits });
    next += 1n << BigInt(hostBits);
  }
  return blocks;
}

/** Whether every address of `inner` is one of `outer`. */
export function cidrsHold(outer: readonly Cidr[], inner: readonly Cidr[]): boolean {
  return rangesWithout(inner.map(rangeOfCidr), outer.map(rangeOfCidr)).length === 0;
}

/** Whether an address is in one of these and in one of those. */
export function cidrsMeet(some: readonly Cidr[], others: readonly Cidr[]): boolean {
  return haveCommonAddress(some.map(rangeOfCidr), others.map(rangeOfCidr));
}

/** The same addresses in as few prefixes as possible, ascending: neighbours are joined, and what lies in another is left out. */
export function compactCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  return mergeRanges(cidrs.map(rangeOfCidr)).flatMap(blocksOfRange);
}
