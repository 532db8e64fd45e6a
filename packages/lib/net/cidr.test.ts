import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cidrContains, cidrsOverlap, formatCidr, isCanonicalCidr, lastAddress, netmask, parseCidr, type Cidr } from './cidr.ts';
import { formatIp, parseIp } from './ip.ts';

const ipv4Cidr = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, length]) => `${ip}/${length}`);
const ipv6Cidr = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, length]) => `${ip}/${length}`);
const anyCidr = fc.oneof(ipv4Cidr, ipv6Cidr);
const of = (text: string): Cidr => parseCidr(text) ?? expect.unreachable(text);

test('a prefix is read back from its canonical text', () => {
  fc.assert(
    fc.property(anyCidr, (text) => {
      const cidr = of(text);
      expect(of(formatCidr(cidr))).toEqual(cidr);
      expect(isCanonicalCidr(formatCidr(cidr))).toBe(true);
    }),
  );
});

test('containment agrees with the system', () => {
  fc.assert(
    fc.property(ipv4Cidr, fc.ipV4(), (text, ip) => {
      const [network = '', length] = text.split('/');
      const list = new BlockList();
      list.addSubnet(network, Number(length), 'ipv4');
      const address = parseIp(ip) ?? expect.unreachable();
      expect(cidrContains(of(text), address)).toBe(list.check(ip, 'ipv4'));
    }),
  );
});

test('two prefixes overlap when one holds the other, and only then share an end', () => {
  fc.assert(
    fc.property(ipv4Cidr.map(of), ipv4Cidr.map(of), (a, b) => {
      expect(cidrsOverlap(a, b)).toBe(a.first <= lastAddress(b) && b.first <= lastAddress(a));
      expect(cidrsOverlap(a, b)).toBe(cidrsOverlap(b, a));
    }),
  );
});

test('host bits are dropped and a bare address is a prefix of one', () => {
  expect(formatCidr(of('10.0.0.77/24'))).toBe('10.0.0.0/24');
  expect(formatCidr(of('10.0.0.77'))).toBe('10.0.0.77/32');
  expect(formatCidr(of('2001:DB8::1/64'))).toBe('2001:db8::/64');
  expect(formatCidr(of('::1'))).toBe('::1/128');
});

test.each(['10.0.0.77/24', '10.0.0.0', '2001:DB8::/64', '2001:db8:0::/64', '10.0.0.0/33'])('%s is not canonical', (text) => {
  expect(isCanonicalCidr(text)).toBe(false);
});

test.each(['10.0.0.0/', '10.0.0.0/33', '10.0.0.0/08', '10.0.0.0/255.0.0.0', '::/129', '/24', '10.0.0.0/24/8', '10.0.0.0/ 8'])('%j is no prefix', (text) => {
  expect(parseCidr(text)).toBeUndefined();
});

test('an IPv4 prefix holds no IPv6 address of the same number', () => {
  expect(cidrContains(of('0.0.0.0/0'), { version: 6, value: 1n })).toBe(false);
  expect(cidrsOverlap(of('0.0.0.0/0'), of('::/0'))).toBe(false);
});

test('netmask and broadcast address are the known ones', () => {
  expect(netmask(of('10.0.0.0/22'))).toBe('255.255.252.0');
  expect(netmask(of('0.0.0.0/0'))).toBe('0.0.0.0');
  expect(netmask(of('::/64'))).toBe('ffff:ffff:ffff:ffff::');
  expect(formatIp({ version: 4, value: lastAddress(of('10.0.0.0/22')) })).toBe('10.0.3.255');
});
