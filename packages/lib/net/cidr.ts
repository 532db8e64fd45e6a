import { addressBits, formatIp, highestAddress, parseIp, type IpAddress, type IpVersion } from './ip.ts';

/** A network prefix. `first` has no host bits. */
export interface Cidr {
  readonly version: IpVersion;
  readonly first: bigint;
  readonly prefixLength: number;
}

/** Reads "address/length"; host bits are dropped, and a bare address is a prefix of one address. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const ip = parseIp(slash === -1 ? text : text.slice(0, slash));
  if (ip === undefined) return undefined;
  const bits = addressBits(ip.version);
  const lengthText = slash === -1 ? String(bits) : text.slice(slash + 1);
  if (!/^(?:0|[1-9]\d{0,2})$/.test(lengthText) || Number(lengthText) > bits) return undefined;
  return cidrOf(ip, Number(lengthText));
}

/** The prefix of `prefixLength` bits that `ip` lies in. */
export function cidrOf(ip: IpAddress, prefixLength: number): Cidr {
  const hostBits = BigInt(addressBits(ip.version) - prefixLength);
  return { version: ip.version, first: (ip.value >> hostBits) << hostBits, prefixLength };
}

export function formatCidr(cidr: Cidr): string {
  return `${formatIp({ version: cidr.version, value: cidr.first })}/${cidr.prefixLength}`;
}

/** True where `text` is a prefix in the form in which `formatCidr` writes it. */
export function isCanonicalCidr(text: string): boolean {
  const cidr = parseCidr(text);
  return cidr !== undefined && formatCidr(cidr) === text;
}

/** The number of the highest address of the prefix (an IPv4 subnet's broadcast address). */
export function lastAddress(cidr: Cidr): bigint {
  return cidr.first | hostMask(cidr);
}

/** True where the whole of `inner` lies in `outer`. Different IP versions never contain each other. */
export function cidrContains(outer: Cidr, inner: IpAddress | Cidr): boolean {
  const [first, last] = 'value' in inner ? [inner.value, inner.value] : [inner.first, lastAddress(inner)];
  return outer.version === inner.version && outer.first <= first && last <= lastAddress(outer);
}

export function cidrsOverlap(a: Cidr, b: Cidr): boolean {
  return cidrContains(a, b) || cidrContains(b, a);
}

/** "255.255.255.0" for a /24. */
export function netmask(cidr: Cidr): string {
  return formatIp({ version: cidr.version, value: highestAddress(cidr.version) ^ hostMask(cidr) });
}

function hostMask(cidr: Cidr): bigint {
  return (1n << BigInt(addressBits(cidr.version) - cidr.prefixLength)) - 1n;
}
