import { lastAddress, type Cidr } from './cidr.ts';
import { parseIp, type IpAddress, type IpVersion } from './ip.ts';

/** The addresses from `first` to `last`, both included; never empty. */
export interface IpRange {
  readonly version: IpVersion;
  readonly first: bigint;
  readonly last: bigint;
}

/** The range between two addresses as text, or undefined where they are no range of one version. */
export function parseRange(start: string, end: string): IpRange | undefined {
  const first = parseIp(start);
  const last = parseIp(end);
  if (!first || !last || first.version !== last.version || first.value > last.value) return undefined;
  return { version: first.version, first: first.value, last: last.value };
}

export function rangeOfAddress(ip: IpAddress): IpRange {
  return { version: ip.version, first: ip.value, last: ip.value };
}

/** All addresses of a prefix, its network and broadcast addresses included. */
export function rangeOfCidr(cidr: Cidr): IpRange {
  return { version: cidr.version, first: cidr.first, last: lastAddress(cidr) };
}

export function rangeSize(range: IpRange): bigint {
  return range.last - range.first + 1n;
}

/** True where the whole of `inner` lies in `outer`. */
export function rangeContains(outer: IpRange, inner: IpAddress | IpRange): boolean {
  const { first, last } = 'value' in inner ? rangeOfAddress(inner) : inner;
  return outer.version === inner.version && outer.first <= first && last <= outer.last;
}

export function rangesOverlap(a: IpRange, b: IpRange): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

/** The same addresses in as few ranges as possible, ascending, IPv4 before IPv6. */
export function mergeRanges(ranges: readonly IpRange[]): IpRange[] {
  const merged: IpRange[] = [];
  for (const range of ranges.toSorted(ascending)) {
    const before = merged.at(-1);
    if (before !== undefined && before.version === range.version && range.first <= before.last + 1n) {
      if (range.last > before.last) merged[merged.length - 1] = { ...before, last: range.last };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** What is left of `range` without the addresses of `holes` (a subnet without its gateway, say), ascending. */
export function poolsWithout(range: IpRange, holes: readonly IpRange[]): IpRange[] {
  const pools: IpRange[] = [];
  let next = range.first;
  for (const hole of mergeRanges(holes)) {
    if (!rangesOverlap(range, hole)) continue;
    if (hole.first > next) pools.push({ version: range.version, first: next, last: hole.first - 1n });
    next = hole.last + 1n;
  }
  if (next <= range.last) pools.push({ version: range.version, first: next, last: range.last });
  return pools;
}

/** What is left of all the ranges without the holes, ascending, in one pass over both. */
export function rangesWithout(ranges: readonly IpRange[], holes: readonly IpRange[]): IpRange[] {
  const gaps = mergeRanges(holes);
  let next = 0;
  return mergeRanges(ranges).flatMap((range) => {
    while (liesBefore(gaps[next], range)) next += 1;
    let end = next;
    for (let gap = gaps[end]; gap !== undefined && rangesOverlap(gap, range); gap = gaps[end]) end += 1;
    return poolsWithout(range, gaps.slice(next, end));
  });
}

/** Whether an address is in one of these and in one of those. */
export function haveCommonAddress(some: readonly IpRange[], others: readonly IpRange[]): boolean {
  const merged = mergeRanges(others);
  let next = 0;
  return mergeRanges(some).some((range) => {
    while (liesBefore(merged[next], range)) next += 1;
    const other = merged[next];
    return other !== undefined && rangesOverlap(other, range);
  });
}

function liesBefore(one: IpRange | undefined, other: IpRange): boolean {
  return one !== undefined && (one.version < other.version || (one.version === other.version && one.last < other.first));
}

function ascending(a: IpRange, b: IpRange): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.first === b.first) return 0;
  return a.first < b.first ? -1 : 1;
}
