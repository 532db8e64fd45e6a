import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalIp, formatIp, isIp, isLinkLocal, isLoopback, isMulticast, parseIp, type IpAddress } from './ip.ts';

const anyIp = fc.oneof(
  fc.bigInt(0n, (1n << 32n) - 1n).map((value): IpAddress => ({ version: 4, value })),
  fc.bigInt(0n, (1n << 128n) - 1n).map((value): IpAddress => ({ version: 6, value })),
  // Groups of zeros are rare among random numbers, and are what compression is about.
  fc
    .array(fc.constantFrom(0, 0, 0, 1, 0xffff), { minLength: 8, maxLength: 8 })
    .map((groups): IpAddress => ({ version: 6, value: groups.reduce((value, group) => (value << 16n) | BigInt(group), 0n) })),
);
const anyAddressText = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,24}$/), fc.string());

test('every address is read back from its text', () => {
  fc.assert(fc.property(anyIp, (ip) => void expect(parseIp(formatIp(ip))).toEqual(ip)));
});

test('what is an address and what is not agrees with the system', () => {
  fc.assert(fc.property(anyAddressText, (text) => void expect(parseIp(text)?.version ?? 0).toBe(text.includes('%') ? 0 : isIP(text))));
});

test('canonical text agrees with the system', () => {
  fc.assert(
    fc.property(anyIp, (ip) => {
      // The C library also writes ::1.2.3.4 for the IPv4-compatible addresses that RFC 4291 deprecates.
      fc.pre(ip.version === 4 || ip.value >> 32n !== 0n);
      const text = formatIp(ip);
      expect(text).toBe(new SocketAddress({ address: text, family: ip.version === 4 ? 'ipv4' : 'ipv6' }).address);
    }),
  );
});

test.each([
  ['2001:DB8::0:1', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['::ffff:c000:0201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
])('%s is written %s (RFC 5952)', (text, canonical) => {
  expect(canonicalIp(text)).toBe(canonical);
});

test.each(['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '1.2.3.256', '1.2.3.4/24', ' 1.2.3.4', '1.2.3.-4', '0x1.2.3.4', ':', ':::', '1::2::3', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8::', 'fe80::1%eth0', '::1.2.3.4:5', '12345::', '1.2.3.4::'])(
  '%j is no address',
  (text) => {
    expect(parseIp(text)).toBeUndefined();
    expect(isIp(text)).toBe(false);
  },
);

test('special addresses are recognised in both versions', () => {
  const of = (text: string): IpAddress => parseIp(text) ?? expect.unreachable(text);
  expect(['169.254.169.254', 'fe80::1', 'febf::1'].map(of).every(isLinkLocal)).toBe(true);
  expect(['169.253.0.1', 'fec0::1', '::'].map(of).some(isLinkLocal)).toBe(false);
  expect(['224.0.0.1', '239.255.255.255', 'ff02::1'].map(of).every(isMulticast)).toBe(true);
  expect(['240.0.0.1', '223.255.255.255', 'fe00::1'].map(of).some(isMulticast)).toBe(false);
  expect(['127.0.0.1', '127.255.0.1', '::1'].map(of).every(isLoopback)).toBe(true);
  expect(['128.0.0.1', '::2', '::'].map(of).some(isLoopback)).toBe(false);
});
