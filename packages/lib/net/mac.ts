import type { Cidr } from './cidr.ts';
import { formatIp, type IpAddress } from './ip.ts';

/**
 * The usual spellings: six octets, three 16-bit groups, twelve digits. Only octets and Cisco's dotted groups
 * may leave out leading zeros: elsewhere a cut-off address would pass for a whole one.
 */
const spellings: readonly { readonly pattern: RegExp; readonly digits: number }[] = [
  { pattern: /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i, digits: 2 },
  { pattern: /^[0-9a-f]{1,2}(?:-[0-9a-f]{1,2}){5}$/i, digits: 2 },
  { pattern: /^[0-9a-f]{1,4}(?:\.[0-9a-f]{1,4}){2}$/i, digits: 4 },
  { pattern: /^[0-9a-f]{4}(?:[:-][0-9a-f]{4}){2}$/i, digits: 4 },
  { pattern: /^[0-9a-f]{12}$/i, digits: 12 },
];

/** The address in lower case with colons, from any usual spelling; undefined where `text` is no MAC address. */
export function canonicalMac(text: string): string | undefined {
  const spelling = spellings.find(({ pattern }) => pattern.test(text));
  if (spelling === undefined) return undefined;
  const digits = text
    .toLowerCase()
    .split(/[:.-]/)
    .map((group) => group.padStart(spelling.digits, '0'))
    .join('');
  return digits.match(/../g)?.join(':');
}

export function isMac(text: string): boolean {
  return canonicalMac(text) !== undefined;
}

/**
 * A MAC address under Neutron's `base_mac`: its first three octets, a fourth if that is not 00, and the
 * rest from `random` (at least three bytes). Throws a RangeError where `base` is no MAC address.
 */
export function randomMac(base: string, random: Uint8Array): string {
  const octets = canonicalMac(base)?.split(':');
  if (octets === undefined) throw new RangeError(`base_mac ${base} is not a MAC address`);
  const kept = octets.slice(0, octets[3] === '00' ? 3 : 4);
  if (random.length < 6 - kept.length) throw new RangeError(`${6 - kept.length} random bytes are needed for a MAC address`);
  const chosen = Array.from(random.subarray(0, 6 - kept.length), (byte) => byte.toString(16).padStart(2, '0'));
  return [...kept, ...chosen].join(':');
}

/**
 * The address that stateless autoconfiguration gives `mac` in `prefix` (RFC 4291, appendix A). Throws a
 * RangeError where the prefix is not IPv6, leaves fewer than 64 bits, or `mac` is no MAC address.
 */
export function eui64Address(prefix: Cidr, mac: string): string {
  if (prefix.version !== 6 || prefix.prefixLength > 64) throw new RangeError('an EUI-64 address needs an IPv6 prefix of at most 64 bits');
  return formatIp({ version: 6, value: prefix.first | interfaceIdentifier(mac) });
}

/** The MAC address whose EUI-64 interface identifier ends `ip`; undefined where the address was not made from one. */
export function macOfEui64(ip: IpAddress): string | undefined {
  const identifier = ip.value & 0xffff_ffff_ffff_ffffn;
  if (ip.version !== 6 || ((identifier >> 24n) & 0xffffn) !== 0xfffen) return undefined;
  const bits = (((identifier >> 40n) ^ 0x02_0000n) << 24n) | (identifier & 0xff_ffffn);
  return canonicalMac(bits.toString(16).padStart(12, '0'));
}

function interfaceIdentifier(mac: string): bigint {
  const canonical = canonicalMac(mac);
  if (canonical === undefined) throw new RangeError(`${mac} is not a MAC address`);
  const bits = BigInt(`0x${canonical.replaceAll(':', '')}`);
  return (((bits >> 24n) ^ 0x02_0000n) << 40n) | (0xfffen << 24n) | (bits & 0xff_ffffn);
}
