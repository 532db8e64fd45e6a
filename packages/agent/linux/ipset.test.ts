import { expect, test } from 'vitest';
import { parseIpsets } from './ipset.ts';

test('what ipset save prints is read with its members and its limit', () => {
  const sets = parseIpsets('create NIPv6x hash:net family inet6 hashsize 1024 maxelem 131072 bucketsize 12 initval 0x1\nadd NIPv6x fd00::/64\nadd NIPv6x fd01::1\ncreate other list:set size 8\n');
  expect(sets.get('NIPv6x')).toEqual({ type: 'hash:net', family: 'IPv6', maxElements: 131_072, members: new Set(['fd00::/64', 'fd01::1']) });
  expect(sets.get('other')?.members.size).toBe(0);
});
