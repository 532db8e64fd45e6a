import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blocksOfRange, cidrsHold, cidrsMeet, compactCidrs } from './cidr-blocks.ts';
import { cidrContains, cidrOf, cidrsOverlap, formatCidr, parseCidr, type Cidr } from './cidr.ts';
import { mergeRanges, poolsWithout, rangeOfCidr, rangesWithout } from './ip-range.ts';

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined);
const compacted = (...texts: readonly string[]): readonly string[] => compactCidrs(cidrs(...texts)).map(formatCidr);
const anyCidr = fc.tuple(fc.bigInt(0n, 0xffff_ffffn), fc.integer({ min: 0, max: 32 })).map(([value, length]) => cidrOf({ version: 4, value }, length));

describe('prefixes in as few as possible', () => {
  it('join neighbours that make a larger prefix, and no others', () => {
    expect(compacted('10.0.1.0/24', '10.0.0.0/24')).toEqual(['10.0.0.0/23']);
    expect(compacted('10.0.1.0/24', '10.0.2.0/24')).toEqual(['10.0.1.0/24', '10.0.2.0/24']);
    expect(compacted('2001:db8:1234::/48', '2001:db8:1235::/48')).toEqual(['2001:db8:1234::/47']);
  });

  it('leave out what lies in another', () => {
    expect(compacted('10.0.0.0/8', '10.1.2.0/24', '10.0.0.0/8')).toEqual(['10.0.0.0/8']);
    expect(compacted('0.0.0.0/0', '255.255.255.255/32')).toEqual(['0.0.0.0/0']);
    expect(compacted('::/0')).toEqual(['::/0']);
  });

  it('hold the same addresses as before', () => {
    fc.assert(
      fc.property(fc.array(anyCidr, { maxLength: 8 }), (given) => {
        const blocks = compactCidrs(given);
        expect(mergeRanges(blocks.map(rangeOfCidr))).toEqual(mergeRanges(given.map(rangeOfCidr)));
      }),
    );
  });

  it('cover a range of any size', () => {
    expect(blocksOfRange({ version: 4, first: 1n, last: 6n }).map(formatCidr)).toEqual(['0.0.0.1/32', '0.0.0.2/31', '0.0.0.4/31', '0.0.0.6/32']);
  });
});

describe('two lists of prefixes', () => {
  const anyVersion = fc.oneof(anyCidr, fc.tuple(fc.bigInt(0n, 0xffffn), fc.integer({ min: 112, max: 128 })).map(([value, length]) => cidrOf({ version: 6, value }, length)));
  const lists = fc.tuple(fc.array(anyVersion, { maxLength: 8 }), fc.array(anyVersion, { maxLength: 8 }));

  it('meet where two of them do, and one list holds the other where it holds each of its prefixes', () => {
    fc.assert(
      fc.property(lists, ([some, others]) => {
        expect(cidrsMeet(some, others)).toBe(some.some((one) => others.some((other) => cidrsOverlap(one, other))));
        const outer = compactCidrs(others);
        expect(cidrsHold(others, some)).toBe(some.every((one) => outer.some((block) => cidrContains(block, one))));
      }),
    );
  });

  it('leave of the one what is in none of the other', () => {
    fc.assert(
      fc.property(lists, ([some, others]) => {
        const holes = others.map(rangeOfCidr);
        expect(rangesWithout(some.map(rangeOfCidr), holes)).toEqual(mergeRanges(some.map(rangeOfCidr)).flatMap((range) => poolsWithout(range, holes)));
      }),
    );
  });
});
