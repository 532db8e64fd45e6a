import { SecurityGroupEthertypeConflictWithProtocol, SecurityGroupInvalidIcmpValue, SecurityGroupInvalidPortRange, SecurityGroupInvalidPortValue, SecurityGroupInvalidProtocolForPort, SecurityGroupMissingIcmpType, SecurityGroupMultipleRemoteEntites, SecurityGroupProtocolRequiredWithPorts, SecurityGroupRuleInvalidEtherType, SecurityGroupRuleInvalidProtocol, SecurityGroupRuleParameterConflict } from '@neutrino/lib/exceptions/security-group';
import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import { formatIp, parseIp } from '@neutrino/lib/net/ip';
import { ipv6OnlyProtocols, portProtocols, protocolNumber, protocolNumbers } from '@neutrino/lib/net/ip-protocol';

/** What a rule matches, in the form in which it is stored. */
export interface RuleAttributes {
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: 'IPv4' | 'IPv6';
  /** A known name in lower case, or a number as text; null: any. */
  readonly protocol: string | null;
  readonly port_range_min: number | null;
  readonly port_range_max: number | null;
  /** With the host bits that were given; `normalizedCidr` drops them. */
  readonly remote_ip_prefix: string | null;
  readonly remote_group_id: string | null;
  readonly remote_address_group_id: string | null;
}

/** Checks the attributes of a rule against each other and brings them into the stored form. Throws a 400. */
export function ruleAttributes(body: JsonObject): RuleAttributes {
  const direction = body['direction'];
  if (direction !== 'ingress' && direction !== 'egress') throw invalid('direction must be ingress or egress');
  const ethertype = readEthertype(body['ethertype']);
  const protocol = readProtocol(body['protocol'], ethertype);
  const range = readPortRange(protocol, readPort(body['port_range_min']), readPort(body['port_range_max']));
  const remote_ip_prefix = readPrefix(body['remote_ip_prefix'], ethertype);
  refuseForeignProtocol(protocol, ethertype);
  const remotes = { remote_ip_prefix, remote_group_id: readGroup(body, 'remote_group_id'), remote_address_group_id: readGroup(body, 'remote_address_group_id') };
  if (Object.values(remotes).filter((remote) => remote !== null).length > 1) throw new NeutronError(SecurityGroupMultipleRemoteEntites);
  return { direction, ethertype, protocol, ...range, ...remotes };
}

/** The prefix without host bits, as the attribute `normalized_cidr` shows it. */
export function normalizedCidr(prefix: string | null): string | null {
  const cidr = prefix === null ? undefined : parseCidr(prefix);
  return cidr === undefined ? null : formatCidr(cidr);
}

/** Equal for rules that match the same packets: protocol by number, "everywhere" the same as no prefix. */
export function ruleKey(rule: RuleAttributes): string {
  const { direction, ethertype, protocol, port_range_min: low, port_range_max: high } = rule;
  const prefix = rule.remote_ip_prefix;
  const remote = prefix === '0.0.0.0/0' || prefix === '::/0' ? null : prefix;
  const number = protocol === null ? null : protocolNumber(protocol);
  return JSON.stringify([direction, ethertype, number, low, high, remote, rule.remote_group_id, rule.remote_address_group_id]);
}

function readEthertype(value: unknown): 'IPv4' | 'IPv6' {
  if (value === undefined) return 'IPv4';
  const lower = typeof value === 'string' ? value.toLowerCase() : '';
  if (lower === 'ipv4') return 'IPv4';
  if (lower === 'ipv6') return 'IPv6';
  throw new NeutronError(SecurityGroupRuleInvalidEtherType, { ethertype: String(value), values: ['IPv4', 'IPv6'] });
}

function readProtocol(value: unknown, ethertype: 'IPv4' | 'IPv6'): string | null {
  if (value === undefined || value === null || value === 'any') return null;
  const given = typeof value === 'number' ? String(value) : value;
  const number = typeof given === 'string' ? protocolNumber(given) : undefined;
  if (typeof given !== 'string' || number === undefined) {
    throw new NeutronError(SecurityGroupRuleInvalidProtocol, { protocol: String(value), values: [null, 'any', ...Object.keys(protocolNumbers)] });
  }
  const protocol = /^\d+$/.test(given) ? String(number) : given.toLowerCase();
  if (ethertype === 'IPv4' || (number !== 1 && number !== 58)) return protocol;
  // ICMP on IPv6 has a name and a number of its own, and old clients use neither.
  return /^\d+$/.test(protocol) ? '58' : 'ipv6-icmp';
}

function refuseForeignProtocol(protocol: string | null, ethertype: 'IPv4' | 'IPv6'): void {
  const number = protocol === null ? undefined : protocolNumber(protocol);
  if (ethertype === 'IPv4' && number !== undefined && ipv6OnlyProtocols.has(number)) {
    throw new NeutronError(SecurityGroupEthertypeConflictWithProtocol, { ethertype, protocol });
  }
}

function readPort(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  const port = typeof value === 'string' && /^\d{1,5}$/.test(value) ? Number(value) : value;
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 0 || port > 65535) {
    throw new NeutronError(SecurityGroupInvalidPortValue, { port: String(value) });
  }
  return port;
}

type PortRange = Pick<RuleAttributes, 'port_range_min' | 'port_range_max'>;

function readPortRange(protocol: string | null, min: number | null, max: number | null): PortRange {
  const range = { port_range_min: min, port_range_max: max };
  if (min === null && max === null) return range;
  if (min === 1 && max === 65535) return { port_range_min: null, port_range_max: null };
  if (protocol === null) throw new NeutronError(SecurityGroupProtocolRequiredWithPorts);
  const number = protocolNumber(protocol);
  if (number === 1 || number === 58) return checkIcmp(range);
  if (!portProtocols.some((name) => protocolNumbers[name] === number)) {
    const names = portProtocols.map((name) => name.toUpperCase()).join(', ');
    throw new NeutronError(SecurityGroupInvalidProtocolForPort, { protocol: number ?? protocol, valid_port_protocols: names });
  }
  if (min === 0 || max === 0) throw new NeutronError(SecurityGroupInvalidPortValue, { port: '0' });
  if (min === null || max === null || min > max) throw new NeutronError(SecurityGroupInvalidPortRange);
  return range;
}

/** ICMP's type and code travel as the ends of the port range. */
function checkIcmp(range: PortRange): PortRange {
  const fields = [
    ['port_range_min', 'type'],
    ['port_range_max', 'code'],
  ] as const;
  for (const [attr, field] of fields) {
    const value = range[attr];
    if (value !== null && value > 255) throw new NeutronError(SecurityGroupInvalidIcmpValue, { field, attr, value });
  }
  if (range.port_range_min === null) throw new NeutronError(SecurityGroupMissingIcmpType, { value: range.port_range_max });
  return range;
}

function readPrefix(value: unknown, ethertype: 'IPv4' | 'IPv6'): string | null {
  if (value === undefined || value === null || value === '') return null;
  const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
  if (typeof value !== 'string' || cidr === undefined) throw invalid(`'${String(value)}' is not a valid IP prefix`);
  if (cidr.version !== (ethertype === 'IPv4' ? 4 : 6)) throw new NeutronError(SecurityGroupRuleParameterConflict, { ethertype, cidr: value });
  const ip = parseIp(value.split('/')[0] ?? '');
  return ip === undefined ? null : `${formatIp(ip)}/${cidr.prefixLength}`;
}

function readGroup(body: JsonObject, name: 'remote_group_id' | 'remote_address_group_id'): string | null {
  const value = body[name];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value !== 'string') throw invalid(`${name} must be the id of a group`);
  return value;
}

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
