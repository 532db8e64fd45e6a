/** Protocol names that security group rules take, and their numbers (IANA's protocol registry; names as Neutron spells them). */
export const protocolNumbers: Readonly<Record<string, number>> = {
  ah: 51,
  dccp: 33,
  egp: 8,
  esp: 50,
  gre: 47,
  hopopt: 0,
  icmp: 1,
  icmpv6: 58,
  igmp: 2,
  ip: 0,
  ipip: 4,
  'ipv6-encap': 41,
  'ipv6-frag': 44,
  'ipv6-icmp': 58,
  'ipv6-nonxt': 59,
  'ipv6-opts': 60,
  'ipv6-route': 43,
  ospf: 89,
  pgm: 113,
  rsvp: 46,
  sctp: 132,
  tcp: 6,
  udp: 17,
  udplite: 136,
  vrrp: 112,
};

/** Protocols whose packets carry ports. */
export const portProtocols: readonly string[] = ['dccp', 'sctp', 'tcp', 'udp', 'udplite'];

/** What port forwardings and connection tracking helpers may name; those among them without ports are taken, and forward nothing. */
export const forwardedProtocols: readonly string[] = ['dccp', 'icmp', 'ipv6-icmp', 'sctp', 'tcp', 'udp'];

/** Protocols that exist only in IPv6: extension headers and ICMPv6. */
export const ipv6OnlyProtocols: ReadonlySet<number> = new Set([41, 43, 44, 58, 59, 60]);

/** The number of a protocol given as a name or as a number in text; undefined where it is neither. */
export function protocolNumber(protocol: string): number | undefined {
  if (/^\d{1,3}$/.test(protocol)) return Number(protocol) <= 255 ? Number(protocol) : undefined;
  // "icmp6" is what iptables calls it, and some clients too.
  const name = protocol.toLowerCase() === 'icmp6' ? 'icmpv6' : protocol.toLowerCase();
  return Object.hasOwn(protocolNumbers, name) ? protocolNumbers[name] : undefined;
}
