import type { Cidr } from './cidr.ts';
import { addressBits } from './ip.ts';
import { mergeRanges, rangeOfCidr, type IpRange } from './ip-range.ts';

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

/** The same addresses in as few prefixes as possible, ascending: neighbours are joined, and what lies in another is left out. */
export function compactCidrs(cidrs: readonly Cidr[]): readonly Cidr[] {
  return mergeRanges(cidrs.map(rangeOfCidr)).flatMap(blocksOfRange);
}
