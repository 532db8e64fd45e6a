import { formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { describe, expect, it } from 'vitest';
import { freePrefixes, isFree, takePrefix } from './free-prefix.ts';

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

const free = (pool: readonly string[], taken: readonly string[]): readonly Cidr[] => freePrefixes(pool.map(cidr), taken.map(cidr));

describe('the free prefixes of a pool', () => {
  it('are what no subnet has, the smallest first', () => {
    expect(free(['10.0.0.0/24'], ['10.0.0.0/26']).map(formatCidr)).toEqual(['10.0.0.64/26', '10.0.0.128/25']);
    expect(free(['10.0.0.0/24'], ['10.0.0.0/24'])).toEqual([]);
    expect(free(['10.0.0.0/25', '10.0.0.128/25'], []).map(formatCidr)).toEqual(['10.0.0.0/24']);
  });

  it('give a subnet the tightest that holds it, and of equals the lowest', () => {
    const gaps = free(['10.0.0.0/24', '10.1.0.0/30'], ['10.0.0.0/26']);
    expect(formatCidr(takePrefix(gaps, 30) ?? cidr('::/0'))).toBe('10.1.0.0/30');
    expect(formatCidr(takePrefix(gaps, 28) ?? cidr('::/0'))).toBe('10.0.0.64/28');
    expect(formatCidr(takePrefix(free(['10.2.0.0/24', '10.1.0.0/24'], []), 24) ?? cidr('::/0'))).toBe('10.1.0.0/24');
    expect(takePrefix(gaps, 24)).toBeUndefined();
  });

  it('hold a prefix that is asked for, or not', () => {
    const gaps = free(['10.0.0.0/24'], ['10.0.0.0/26']);
    expect(isFree(gaps, cidr('10.0.0.192/26'))).toBe(true);
    expect(isFree(gaps, cidr('10.0.0.0/25'))).toBe(false);
    expect(isFree(gaps, cidr('10.0.1.0/25'))).toBe(false);
  });
});
