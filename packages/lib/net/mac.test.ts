import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseCidr } from './cidr.ts';
import { parseIp } from './ip.ts';
import { canonicalMac, eui64Address, isMac, macOfEui64, randomMac } from './mac.ts';

const octets = fc.array(fc.integer({ min: 0, max: 255 }).map((byte) => byte.toString(16).padStart(2, '0')), { minLength: 6, maxLength: 6 });
const linkLocal = parseCidr('fe80::/64') ?? expect.unreachable();

test('every usual spelling of an address has one canonical form', () => {
  fc.assert(
    fc.property(octets, (six) => {
      const canonical = six.join(':');
      const bare = six.join('');
      const quads = [bare.slice(0, 4), bare.slice(4, 8), bare.slice(8)];
      for (const text of [canonical, six.join('-'), bare, quads.join('.'), quads.join(':'), canonical.toUpperCase()]) expect(canonicalMac(text)).toBe(canonical);
    }),
  );
});

test('an octet may leave out its leading zero', () => {
  expect(canonicalMac('0:1:2:a:b:c')).toBe('00:01:02:0a:0b:0c');
});

test.each(['', 'fa:16:3e:00:00', 'fa:16:3e:00:00:00:00', 'fa:16-3e:00:00:00', 'fa:16:3e:00:00:0g', ' fa:16:3e:00:00:00', 'fa163e00000', 'fa:16:3e:00:00:00\n'])('%j is no MAC address', (text) => {
  expect(isMac(text)).toBe(false);
});

test('base_mac keeps three octets, and a fourth that is not 00', () => {
  const random = Uint8Array.of(0xde, 0xad, 0x0e);
  expect(randomMac('fa:16:3e:00:00:00', random)).toBe('fa:16:3e:de:ad:0e');
  expect(randomMac('fa:16:3e:4f:00:00', random)).toBe('fa:16:3e:4f:de:ad');
  expect(() => randomMac('fa:16:3e', random)).toThrow(RangeError);
  expect(() => randomMac('fa:16:3e:00:00:00', random.subarray(1))).toThrow(RangeError);
});

test('the EUI-64 address is the one of RFC 4291', () => {
  expect(eui64Address(linkLocal, '34:56:78:9A:BC:DE')).toBe('fe80::3656:78ff:fe9a:bcde');
  expect(() => eui64Address(parseCidr('10.0.0.0/24') ?? expect.unreachable(), '34:56:78:9a:bc:de')).toThrow(RangeError);
  expect(() => eui64Address(parseCidr('fd00::/96') ?? expect.unreachable(), '34:56:78:9a:bc:de')).toThrow(RangeError);
});

test('the MAC address is found again in the address made from it', () => {
  fc.assert(
    fc.property(octets, (six) => {
      const ip = parseIp(eui64Address(linkLocal, six.join(':'))) ?? expect.unreachable();
      expect(macOfEui64(ip)).toBe(six.join(':'));
    }),
  );
  expect(macOfEui64(parseIp('fe80::1') ?? expect.unreachable())).toBeUndefined();
});
