import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { protocolNumbers } from '@neutrino/lib/net/ip-protocol';
import { describe, expect, test } from 'vitest';
import { normalizedCidr, ruleAttributes, ruleKey } from './rule-attributes.ts';

const rule = (more: JsonObject): JsonObject => ({ direction: 'ingress', ...more });

function refusal(body: JsonObject): string {
  try {
    return `accepted ${JSON.stringify(ruleAttributes(body))}`;
  } catch (error) {
    if (!isNeutronError(error)) throw error;
    return `${error.status} ${error.type}`;
  }
}

describe('a rule is refused', () => {
  test.each<[string, JsonObject, string]>([
    ['direction', { direction: 'sideways' }, '400 InvalidInput'],
    ['ethertype', rule({ ethertype: 'ARP' }), '400 SecurityGroupRuleInvalidEtherType'],
    ['ethertype of a wrong type', rule({ ethertype: 4 }), '400 SecurityGroupRuleInvalidEtherType'],
    ['unknown protocol', rule({ protocol: 'quic' }), '400 SecurityGroupRuleInvalidProtocol'],
    ['protocol from the prototype', rule({ protocol: 'constructor' }), '400 SecurityGroupRuleInvalidProtocol'],
    ['protocol number', rule({ protocol: '256' }), '400 SecurityGroupRuleInvalidProtocol'],
    ['negative protocol', rule({ protocol: -1 }), '400 SecurityGroupRuleInvalidProtocol'],
    ['protocol that is an object', rule({ protocol: {} }), '400 SecurityGroupRuleInvalidProtocol'],
    ['ICMPv6 on IPv4', rule({ protocol: 'icmpv6' }), '400 SecurityGroupEthertypeConflictWithProtocol'],
    ['number 58 on IPv4', rule({ protocol: '58' }), '400 SecurityGroupEthertypeConflictWithProtocol'],
    ['ipv6-route on IPv4', rule({ protocol: 'ipv6-route' }), '400 SecurityGroupEthertypeConflictWithProtocol'],
    ['ports without protocol', rule({ port_range_min: 80, port_range_max: 80 }), '400 SecurityGroupProtocolRequiredWithPorts'],
    ['reversed range', rule({ protocol: 'tcp', port_range_min: 81, port_range_max: 80 }), '400 SecurityGroupInvalidPortRange'],
    ['half a range', rule({ protocol: 'udp', port_range_min: 80 }), '400 SecurityGroupInvalidPortRange'],
    ['port 0', rule({ protocol: 'tcp', port_range_min: 0, port_range_max: 80 }), '400 SecurityGroupInvalidPortValue'],
    ['port 65536', rule({ protocol: 'tcp', port_range_min: 1, port_range_max: 65536 }), '400 SecurityGroupInvalidPortValue'],
    ['port of letters', rule({ protocol: 'tcp', port_range_min: 'http', port_range_max: 80 }), '400 SecurityGroupInvalidPortValue'],
    ['fraction of a port', rule({ protocol: 'tcp', port_range_min: 1.5, port_range_max: 80 }), '400 SecurityGroupInvalidPortValue'],
    ['ports of GRE', rule({ protocol: 'gre', port_range_min: 1, port_range_max: 2 }), '400 SecurityGroupInvalidProtocolForPort'],
    ['ICMP type 256', rule({ protocol: 'icmp', port_range_min: 256 }), '400 SecurityGroupInvalidIcmpValue'],
    ['ICMP code without type', rule({ protocol: 'icmp', port_range_max: 0 }), '400 SecurityGroupMissingIcmpType'],
    ['IPv6 prefix on IPv4', rule({ remote_ip_prefix: '2001:db8::/32' }), '400 SecurityGroupRuleParameterConflict'],
    ['IPv4 prefix on IPv6', rule({ ethertype: 'IPv6', remote_ip_prefix: '10.0.0.0/8' }), '400 SecurityGroupRuleParameterConflict'],
    ['no prefix at all', rule({ remote_ip_prefix: '10.0.0.0/33' }), '400 InvalidInput'],
    ['prefix and group', rule({ remote_ip_prefix: '10.0.0.0/8', remote_group_id: 'g' }), '400 SecurityGroupMultipleRemoteEntites'],
    ['group of a wrong type', rule({ remote_group_id: 7 }), '400 InvalidInput'],
  ])('for its %s', (_name, body, expected) => {
    expect(refusal(body)).toBe(expected);
  });
});

describe('a rule is stored', () => {
  test.each<[string, JsonObject, JsonObject]>([
    ['any protocol as null', { protocol: 'any' }, { protocol: null, ethertype: 'IPv4' }],
    ['a number as text', { protocol: 6 }, { protocol: '6' }],
    ['a name in lower case', { protocol: 'TCP' }, { protocol: 'tcp' }],
    ['ICMP on IPv6 by its own name', { protocol: 'icmp', ethertype: 'ipv6' }, { protocol: 'ipv6-icmp', ethertype: 'IPv6' }],
    ['ICMP on IPv6 by its own number', { protocol: '1', ethertype: 'IPv6' }, { protocol: '58' }],
    ['the whole range as none', { protocol: 'tcp', port_range_min: 1, port_range_max: 65535 }, { port_range_min: null, port_range_max: null }],
    ['ports from text', { protocol: 'tcp', port_range_min: '80', port_range_max: '443' }, { port_range_min: 80, port_range_max: 443 }],
    ['an ICMP type without code', { protocol: 'icmp', port_range_min: 8 }, { port_range_min: 8, port_range_max: null }],
    ['an address as a prefix', { remote_ip_prefix: '10.0.0.5' }, { remote_ip_prefix: '10.0.0.5/32' }],
    ['a prefix with its host bits', { remote_ip_prefix: '10.0.0.5/24' }, { remote_ip_prefix: '10.0.0.5/24' }],
    ['IPv6 in its one spelling', { ethertype: 'IPv6', remote_ip_prefix: '2001:DB8:0::/32' }, { remote_ip_prefix: '2001:db8::/32' }],
  ])('with %s', (_name, more, expected) => {
    expect(ruleAttributes(rule(more))).toMatchObject(expected);
  });

  test('for every protocol that Neutron names', () => {
    for (const protocol of Object.keys(protocolNumbers)) expect(ruleAttributes(rule({ protocol, ethertype: 'IPv6' })).protocol).not.toBeNull();
  });
});

test('rules that match the same packets are the same rule', () => {
  const key = (more: JsonObject): string => ruleKey(ruleAttributes(rule(more)));
  expect(key({ protocol: 'tcp' })).toBe(key({ protocol: '6' }));
  expect(key({ remote_ip_prefix: '0.0.0.0/0' })).toBe(key({}));
  expect(key({ ethertype: 'IPv6', protocol: 'icmpv6' })).toBe(key({ ethertype: 'IPv6', protocol: '58' }));
  expect(key({ protocol: 'tcp', port_range_min: 1, port_range_max: 2 })).not.toBe(key({ protocol: 'tcp', port_range_min: 1, port_range_max: 3 }));
  expect(key({ direction: 'egress' })).not.toBe(key({}));
});

test('the normalized prefix has no host bits', () => {
  expect(normalizedCidr('10.0.0.5/24')).toBe('10.0.0.0/24');
  expect(normalizedCidr(null)).toBeNull();
});
