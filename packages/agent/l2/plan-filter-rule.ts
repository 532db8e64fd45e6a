import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import type { EtherType, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { ipsetName } from './filter-names.ts';
import { remoteGroupOf } from './remote-group.ts';

/** A rule that cannot be expressed. It is left out: what is not allowed is dropped. */
export class UnusableRule extends Error {
  override readonly name = 'UnusableRule';
}

/** Members of remote groups, addresses of address groups: group → family → addresses or prefixes. */
export type GroupMembers = ReadonlyMap<string, Readonly<Record<EtherType, readonly string[]>>>;

export interface RuleContext {
  /** Undefined where members are matched through ipset. */
  readonly expandMembers: GroupMembers | undefined;
}

const protocolNumbers: Readonly<Record<string, number>> = {
  ah: 51, dccp: 33, egp: 8, esp: 50, gre: 47, icmp: 1, icmpv6: 58, igmp: 2, ipip: 4, 'ipv6-encap': 41, 'ipv6-frag': 44,
  'ipv6-icmp': 58, 'ipv6-nonxt': 59, 'ipv6-opts': 60, 'ipv6-route': 43, ospf: 89, pgm: 113, rsvp: 46, sctp: 132, tcp: 6,
  udp: 17, udplite: 136, vrrp: 112,
};

/** Protocols whose own match knows port ranges. udplite's ports need multiport. */
const portMatches: ReadonlyMap<number, string> = new Map([[6, 'tcp'], [17, 'udp'], [33, 'dccp'], [132, 'sctp']]);
const udplite = 136;
const icmp = 1;
const icmpv6 = 58;

/**
 * The iptables matches of one security group rule, in the order in which iptables-save prints them;
 * several where a remote group's members are spelled out. Throws UnusableRule.
 */
export function planFilterRule(rule: SecurityGroupRuleInfo, context: RuleContext): readonly string[] {
  const protocol = protocolNumber(rule.protocol, rule.ethertype);
  const match = protocol === undefined ? [] : [`-p ${protocol}`, ...portMatch(rule, protocol)];
  const remote = remoteGroupOf(rule);
  if (remote !== undefined && context.expandMembers === undefined) {
    const direction = rule.direction === 'ingress' ? 'src' : 'dst';
    return [[...prefixes(rule), ...match, `-m set --match-set ${ipsetName(groupId(remote), rule.ethertype)} ${direction}`, '-j RETURN'].join(' ')];
  }
  if (remote === undefined) return [[...prefixes(rule), ...match, '-j RETURN'].join(' ')];
  const members = context.expandMembers?.get(remote)?.[rule.ethertype] ?? [];
  const side = rule.direction === 'ingress' ? 'source_ip_prefix' : 'dest_ip_prefix';
  return members.map((member) => [...prefixes({ ...rule, [side]: member }), ...match, '-j RETURN'].join(' '));
}

/** The number of a protocol given by name or number; undefined where any protocol is meant. */
function protocolNumber(protocol: string | undefined, family: EtherType): number | undefined {
  if (protocol === undefined || protocol === '0' || protocol === 'any') return undefined;
  const number = protocolNumbers[protocol] ?? (/^\d{1,3}$/.test(protocol) ? Number(protocol) : undefined);
  if (number === undefined || number > 255) throw new UnusableRule(`unknown protocol ${protocol}`);
  // "icmp" in an IPv6 rule has always meant ICMPv6.
  return family === 'IPv6' && number === icmp ? icmpv6 : number;
}

function groupId(id: string): string {
  if (!/^[0-9A-Za-z-]{1,36}$/.test(id)) throw new UnusableRule(`${id} is no group's id`);
  return id;
}

function prefixes(rule: SecurityGroupRuleInfo): string[] {
  return [...prefix('-s', rule.source_ip_prefix, rule.ethertype), ...prefix('-d', rule.dest_ip_prefix, rule.ethertype)];
}

function prefix(flag: string, text: string | undefined, family: EtherType): string[] {
  if (text === undefined) return [];
  const cidr = parseCidr(text);
  if (cidr === undefined || `IPv${cidr.version}` !== family) throw new UnusableRule(`${text} is no ${family} prefix`);
  return cidr.prefixLength === 0 ? [] : [`${flag} ${formatCidr(cidr)}`];
}

function portMatch(rule: SecurityGroupRuleInfo, protocol: number): string[] {
  if (protocol === icmp || protocol === icmpv6) return icmpMatch(rule, protocol);
  const destination = portRange(rule.port_range_min, rule.port_range_max);
  const source = portRange(rule.source_port_range_min, rule.source_port_range_max);
  const match = portMatches.get(protocol);
  if (match !== undefined && (source !== undefined || destination !== undefined)) {
    return [
      `-m ${match}`,
      ...(source === undefined ? [] : [`--sport ${source}`]),
      ...(destination === undefined ? [] : [`--dport ${destination}`]),
    ];
  }
  if (protocol === udplite) {
    return [
      ...(source === undefined ? [] : [`-m multiport --sports ${source}`]),
      ...(destination === undefined ? [] : [`-m multiport --dports ${destination}`]),
    ];
  }
  // Other protocols have no ports; Neutron accepts such rules and matches the protocol alone.
  return [];
}

/** For ICMP the "ports" are type and code. */
function icmpMatch(rule: SecurityGroupRuleInfo, protocol: number): string[] {
  const type = rule.port_range_min ?? rule.source_port_range_min;
  if (type === undefined) return [];
  const code = rule.port_range_min === undefined ? rule.source_port_range_max : rule.port_range_max;
  if (!isByte(type) || (code !== undefined && !isByte(code))) throw new UnusableRule(`ICMP type ${type}, code ${code}`);
  const value = code === undefined ? `${type}` : `${type}/${code}`;
  return protocol === icmp ? [`-m icmp --icmp-type ${value}`] : [`-m icmp6 --icmpv6-type ${value}`];
}

function portRange(minimum: number | undefined, maximum: number | undefined): string | undefined {
  if (minimum === undefined && maximum === undefined) return undefined;
  const first = minimum ?? 0;
  const last = maximum ?? first;
  const valid = Number.isInteger(first) && Number.isInteger(last) && first >= 0 && last <= 65_535 && first <= last;
  if (!valid) throw new UnusableRule(`port range ${first}:${last}`);
  return first === last ? `${first}` : `${first}:${last}`;
}

function isByte(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 255;
}
