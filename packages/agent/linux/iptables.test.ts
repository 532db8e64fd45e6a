import { expect, test } from 'vitest';
import { canonicalRule, parseSaved } from './iptables.ts';

test('what iptables-save prints is read by table and chain', () => {
  const saved = parseSaved('# Generated\n*raw\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n*filter\n:FORWARD DROP [1:2]\n:x - [0:0]\n-A FORWARD -j x\n-A x -s 10.0.0.0/8 -j RETURN\n-A x\nCOMMIT\n');
  expect(saved.get('raw')?.get('PREROUTING')).toEqual([]);
  expect(saved.get('filter')?.get('FORWARD')).toEqual(['-j x']);
  expect(saved.get('filter')?.get('x')).toEqual(['-s 10.0.0.0/8 -j RETURN', '']);
});

test('rules that mean the same have one spelling, whatever the backend prints', () => {
  expect(canonicalRule('-s 10.0.0.1/32 -p tcp -m tcp --dport 80 -j RETURN')).toBe(canonicalRule('-s 10.0.0.1/32 -p 6 -m tcp --dport 80 -j RETURN'));
  expect(canonicalRule('-p ipv6-icmp -m icmp6 --icmpv6-type 135 -j RETURN')).toBe(canonicalRule('-p 58 -m icmp6 --icmpv6-type 135 -j RETURN'));
  expect(canonicalRule('-m mac --mac-source FA:16:3E:00:00:01 -j RETURN')).toBe(canonicalRule('-m mac --mac-source fa:16:3e:00:00:01 -j RETURN'));
  expect(canonicalRule('-m comment --comment 4097 -j DROP')).toBe(canonicalRule('-m comment --comment "4097" -j DROP'));
  expect(canonicalRule('-p tcp -j RETURN')).not.toBe(canonicalRule('-p udp -j RETURN'));
});
