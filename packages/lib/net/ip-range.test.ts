import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mergeRanges, parseRange, poolsWithout, rangeContains, rangeOfCidr, rangeSize, rangesOverlap, type IpRange } from './ip-range.ts';
import { parseCidr } from './cidr.ts';

// A small world of addresses, so that ranges meet, touch and overlap, and every address can be asked.
const world = 24n;
const addresses = Array.from({ length: Number(world) }, (_, value) => ({ version: 4 as const, value: BigInt(value) }));
const smallRange = fc.tuple(fc.bigInt(0n, world - 1n), fc.bigInt(0n, world - 1n)).map(([a, b]): IpRange => ({ version: 4, first: a < b ? a : b, last: a < b ? b : a }));
const smallRanges = fc.array(smallRange, { maxLength: 6 });
const holds = (ranges: readonly IpRange[], ip: { version: 4; value: bigint }): boolean => ranges.some((range) => rangeContains(range, ip));
const apart = (ranges: readonly IpRange[]): boolean => ranges.every((range, index) => index === 0 || range.first > (ranges[index - 1]?.last ?? 0n) + 1n);

test('merged ranges hold the same addresses, ascending, with a gap between each two', () => {
  fc.assert(
    fc.property(smallRanges, (ranges) => {
      const merged = mergeRanges(ranges);
      for (const ip of addresses) expect(holds(merged, ip)).toBe(holds(ranges, ip));
      expect(apart(merged)).toBe(true);
    }),
  );
});

test('pools without holes hold exactly the addresses of the range that are in no hole', () => {
  fc.assert(
    fc.property(smallRange, smallRanges, (range, holes) => {
      const pools = poolsWithout(range, holes);
      for (const ip of addresses) expect(holds(pools, ip)).toBe(rangeContains(range, ip) && !holds(holes, ip));
      expect(apart(pools)).toBe(true);
    }),
  );
});

test('ranges overlap when an address lies in both', () => {
  fc.assert(fc.property(smallRange, smallRange, (a, b) => void expect(rangesOverlap(a, b)).toBe(addresses.some((ip) => rangeContains(a, ip) && rangeContains(b, ip)))));
});

test('IPv4 and IPv6 ranges of the same numbers never meet', () => {
  const [v4, v6] = [{ version: 4, first: 1n, last: 9n }, { version: 6, first: 1n, last: 9n }] as const;
  expect(rangesOverlap(v4, v6)).toBe(false);
  expect(rangeContains(v4, v6)).toBe(false);
  expect(poolsWithout(v4, [v6])).toEqual([v4]);
  expect(mergeRanges([v6, v4])).toEqual([v4, v6]);
});

test('a range is read from two addresses of one version in order', () => {
  expect(parseRange('10.0.0.2', '10.0.0.254')).toEqual({ version: 4, first: 0x0a000002n, last: 0x0a0000fen });
  expect(parseRange('10.0.0.2', '10.0.0.1')).toBeUndefined();
  expect(parseRange('10.0.0.2', '::1')).toBeUndefined();
  expect(parseRange('10.0.0.2', 'ten')).toBeUndefined();
});

test('the size of a prefix counts all its addresses', () => {
  expect(rangeSize(rangeOfCidr(parseCidr('10.0.0.0/24') ?? expect.unreachable()))).toBe(256n);
  expect(rangeSize(rangeOfCidr(parseCidr('::/0') ?? expect.unreachable()))).toBe(1n << 128n);
});
