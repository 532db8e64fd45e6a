import { describe, expect, test } from 'vitest';
import { planFilterRule, UnusableRule } from './plan-filter-rule.ts';

const context = { expandMembers: undefined };

describe('a security group rule', () => {
  const expected = [
    [{ direction: 'egress', ethertype: 'IPv4' }, '-j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 80 }, '-p 6 -m tcp --dport 80 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: '17', port_range_min: 1, port_range_max: 9, source_ip_prefix: '10.1.2.3/8' }, '-s 10.0.0.0/8 -p 17 -m udp --dport 1:9 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: 'icmp', port_range_min: 8, port_range_max: 0 }, '-p 1 -m icmp --icmp-type 8/0 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'icmp' }, '-p 58 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv6', protocol: 'ipv6-icmp', source_port_range_min: 134 }, '-p 58 -m icmp6 --icmpv6-type 134 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', source_ip_prefix: '0.0.0.0/0' }, '-j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: '0' }, '-j RETURN'],
    [{ direction: 'egress', ethertype: 'IPv6', remote_group_id: 'abcdef00-1111-4111-8111-000000000000' }, '-m set --match-set NIPv6abcdef00-1111-4111-8111- dst -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', remote_address_group_id: 'abcdef00-1111-4111-8111-000000000000' }, '-p 6 -m set --match-set NIPv4abcdef00-1111-4111-8111- src -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: 'udplite', port_range_min: 7, port_range_max: 9 }, '-p 136 -m multiport --dports 7:9 -j RETURN'],
    [{ direction: 'ingress', ethertype: 'IPv4', protocol: 'gre', port_range_min: 7, port_range_max: 9 }, '-p 47 -j RETURN'],
  ] as const;
  for (const [rule, line] of expected) {
    test(`becomes ${line}`, () => expect(planFilterRule(rule, context)).toEqual([line]));
  }

  test('whose other end is an address group admits each of its prefixes where there are no ipsets', () => {
    const members = new Map([['a', { IPv4: ['10.0.0.0/8', '192.0.2.7/32'], IPv6: ['fd00::/64'] }]]);
    expect(planFilterRule({ direction: 'ingress', ethertype: 'IPv4', remote_address_group_id: 'a' }, { expandMembers: members })).toEqual(['-s 10.0.0.0/8 -j RETURN', '-s 192.0.2.7/32 -j RETURN']);
    expect(planFilterRule({ direction: 'ingress', ethertype: 'IPv4', remote_address_group_id: 'unknown' }, { expandMembers: members })).toEqual([]);
  });

  const unusable = {
    'an unknown protocol': { protocol: 'tcp -j ACCEPT' },
    'a protocol number beyond 255': { protocol: '256' },
    'a prefix of the other family': { source_ip_prefix: 'fd00::/64' },
    'a prefix that is none': { source_ip_prefix: '10.0.0.0/8 -j ACCEPT' },
    'ports in the wrong order': { protocol: 'tcp', port_range_min: 9, port_range_max: 1 },
    'a group id that is none': { remote_group_id: 'x y\n-A' },
    'an address group id that is none': { remote_address_group_id: 'x y\n-A' },
  } as const;
  for (const [title, fields] of Object.entries(unusable)) {
    test(`with ${title} is refused, not passed on`, () => {
      expect(() => planFilterRule({ direction: 'ingress', ethertype: 'IPv4', ...fields }, context)).toThrow(UnusableRule);
    });
  }
});
