import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { expect, test } from 'vitest';
import { initialLeases, parseLeaseFile, renderLeaseFile, staleLeases } from './lease-file.ts';

const network = {
  id: 'net', tenant_id: 'p', admin_state_up: true, mtu: 1450, non_local_subnets: [],
  subnets: [
    { id: 's4', ip_version: 4, cidr: '10.0.0.0/24', enable_dhcp: true, ipv6_address_mode: null },
    { id: 's6', ip_version: 6, cidr: 'fd00::/64', enable_dhcp: true, ipv6_address_mode: 'dhcpv6-stateful' },
  ],
  ports: [
    { id: 'a', device_owner: 'compute:x', mac_address: 'fa:16:3e:00:00:05', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.5' }, { subnet_id: 's6', ip_address: 'fd00::5' }] },
    { id: 'b', device_owner: 'compute:x', mac_address: 'fa:16:3e:00:00:06', fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.6' }] },
  ],
} as unknown as DhcpNetwork;

const text = [
  '2000 fa:16:3e:00:00:05 10.0.0.5 web 01:fa:16:3e:00:00:05',
  '2000 fa:16:3e:00:00:99 10.0.0.6 * *',
  '2000 fa:16:3e:00:00:07 10.0.0.7 * *',
  'duid 00:01:00:01:aa',
  '2000 123 fd00::5 web 00:02',
  '2000 124 fd00::9 * 00:03',
  'what is this',
  '',
].join('\n');

test('a lease is stale where its address is of no port, or of a port with another MAC address', () => {
  expect(staleLeases(network, parseLeaseFile(text)).map((lease) => lease.address)).toEqual(['10.0.0.6', '10.0.0.7', 'fd00::9']);
});

test('dnsmasq starts with the leases that hold, and an endless one for every other IPv4 address', () => {
  expect(renderLeaseFile(initialLeases(network, parseLeaseFile(text), 1000))).toBe(
    [
      '2000 fa:16:3e:00:00:05 10.0.0.5 web 01:fa:16:3e:00:00:05',
      '0 fa:16:3e:00:00:06 10.0.0.6 * *',
      'duid 00:01:00:01:aa',
      '2000 123 fd00::5 web 00:02',
      '',
    ].join('\n'),
  );
});

test('a lease that has run out is an endless one again', () => {
  expect(renderLeaseFile(initialLeases(network, parseLeaseFile(text), 3000))).toContain('0 fa:16:3e:00:00:05 10.0.0.5 * *\n');
});

test('the leases that dnsmasq starts with are what it starts with the next time', () => {
  const once = initialLeases(network, parseLeaseFile(text), 1000);
  const twice = initialLeases(network, parseLeaseFile(renderLeaseFile(once)), 1000);
  expect(renderLeaseFile(twice)).toBe(renderLeaseFile(once));
  expect(staleLeases(network, twice)).toEqual([]);
});
