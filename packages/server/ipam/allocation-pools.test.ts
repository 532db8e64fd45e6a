import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cidrContains, cidrOf, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, formatIp, type IpVersion } from '@neutrino/lib/net/ip';
import { rangeContains, rangeSize } from '@neutrino/lib/net/ip-range';
import { addressKey } from './address-key.ts';
import { checkedPools, checkGatewayOutsidePools, defaultGateway, defaultPools, poolBody, usableRange } from './allocation-pools.ts';

const cidrs = fc
  .constantFrom<IpVersion>(4, 6)
  .chain((version) => fc.tuple(fc.constant(version), fc.bigInt({ min: 0n, max: (1n << BigInt(addressBits(version))) - 1n }), fc.integer({ min: 1, max: addressBits(version) })))
  .map(([version, value, length]): Cidr => cidrOf({ version, value }, length));

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(text);
  return parsed;
}

function poolsOf(text: string): readonly string[] {
  return defaultPools(cidr(text), defaultGateway(cidr(text))).map((pool) => {
    const { start, end } = poolBody(pool);
    return `${start}-${end}`;
  });
}

describe('default pools', () => {
  test('are the subnet without network, broadcast and gateway', () => {
    expect(poolsOf('10.0.0.0/24')).toEqual(['10.0.0.2-10.0.0.254']);
    expect(poolsOf('10.0.0.0/30')).toEqual(['10.0.0.2-10.0.0.2']);
    expect(poolsOf('10.0.0.0/31')).toEqual(['10.0.0.0-10.0.0.0']);
    expect(poolsOf('10.0.0.7/32')).toEqual(['10.0.0.7-10.0.0.7']);
    expect(poolsOf('fd00::/64')).toEqual(['fd00::1-fd00::ffff:ffff:ffff:ffff']);
    const middle = defaultPools(cidr('10.0.0.0/29'), { version: 4, value: cidr('10.0.0.4').first });
    expect(middle.map(poolBody)).toEqual([
      { start: '10.0.0.1', end: '10.0.0.3' },
      { start: '10.0.0.5', end: '10.0.0.6' },
    ]);
  });

  test('lie in the subnet, spare the gateway, leave nothing usable out, and pass their own check', () => {
    fc.assert(
      fc.property(cidrs, (subnet) => {
        const gateway = defaultGateway(subnet);
        const pools = defaultPools(subnet, gateway);
        const usable = usableRange(subnet);
        const spared = gateway !== undefined && rangeContains(usable, gateway) ? 1n : 0n;
        expect(pools.reduce((sum, pool) => sum + rangeSize(pool), 0n)).toBe(rangeSize(usable) - spared);
        for (const pool of pools) expect(cidrContains(subnet, { version: subnet.version, value: pool.first })).toBe(true);
        if (gateway !== undefined) checkGatewayOutsidePools(gateway, pools);
        expect(checkedPools(pools.map(poolBody), subnet)).toEqual(pools);
      }),
    );
  });
});

describe('pools asked for', () => {
  const subnet = cidr('10.0.0.0/24');
  test.each([
    ['InvalidAllocationPool', [{ start: '10.0.0.9', end: '10.0.0.8' }]],
    ['InvalidAllocationPool', [{ start: 'fd00::1', end: 'fd00::2' }]],
    ['InvalidAllocationPool', [{ start: 'x', end: '' }]],
    ['OutOfBoundsAllocationPool', [{ start: '10.0.0.0', end: '10.0.0.8' }]],
    ['OutOfBoundsAllocationPool', [{ start: '10.0.0.9', end: '10.0.0.255' }]],
    ['OutOfBoundsAllocationPool', [{ start: '10.0.1.9', end: '10.0.1.10' }]],
    [
      'OverlappingAllocationPools',
      [
        { start: '10.0.0.2', end: '10.0.0.9' },
        { start: '10.0.0.9', end: '10.0.0.10' },
      ],
    ],
  ])('%s: %j', (type, pools) => {
    expect(() => checkedPools(pools, subnet)).toThrow(expect.objectContaining({ type }));
  });

  test('that hold the gateway are refused', () => {
    const pools = checkedPools([{ start: '10.0.0.1', end: '10.0.0.9' }], subnet);
    expect(() => checkGatewayOutsidePools({ version: 4, value: subnet.first + 1n }, pools)).toThrow(
      expect.objectContaining({ type: 'GatewayConflictWithAllocationPools' }),
    );
  });
});

test('keys of addresses sort as their numbers do', () => {
  fc.assert(
    fc.property(cidrs, cidrs, (a, b) => {
      fc.pre(a.version === b.version);
      const key = (prefix: Cidr): string => addressKey({ version: prefix.version, value: prefix.first });
      expect(key(a) < key(b)).toBe(a.first < b.first);
      expect(key(a)).toHaveLength(a.version === 4 ? 8 : 32);
      expect(formatCidr(a)).toContain(formatIp({ version: a.version, value: a.first }));
    }),
  );
});
