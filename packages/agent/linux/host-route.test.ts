import { expect, test } from 'vitest';
import type { HostAddress } from './host-address.ts';
import { parseHostRoutes, routeThrough } from './host-route.ts';

const address = (text: string, prefixRoute = true, limited = false): HostAddress => ({ address: text, options: [], prefixRoute, limited });

test('routes are read as they can be set again, those that gateways need first, without those that follow from addresses', () => {
  const printed = [
    'default via 203.0.113.1 dev eth0 proto static src 203.0.113.9 metric 50 mtu 1400 onlink linkdown ',
    'default via 203.0.113.1 dev eth0 table 77 proto static ',
    'default via 198.51.100.1 dev eth1 ',
    '10.1.1.2 dev eth0 proto kernel scope link src 10.1.1.1 ',
    '10.5.0.0/16 \\\tnexthop via 203.0.113.2 dev eth0 weight 3 \\\tnexthop via 198.51.100.3 dev eth1 weight 1 ',
    '203.0.113.0/24 dev eth0 proto kernel scope link src 203.0.113.9 ',
    '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1 metric 100 ',
    '198.18.0.0/15 dev eth0 scope link ',
    'broadcast 203.0.113.255 dev eth0 table local proto kernel scope link src 203.0.113.9 ',
  ].join('\n');
  const addresses = [address('203.0.113.9/24'), address('10.1.1.1 peer 10.1.1.2/32'), address('192.0.2.1/24', false)];
  expect(parseHostRoutes(printed, 'eth0', addresses, '0.0.0.0/0').routes).toEqual([
    '192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1 metric 100',
    '198.18.0.0/15 dev eth0 scope link',
    '0.0.0.0/0 via 203.0.113.1 dev eth0 proto static src 203.0.113.9 metric 50 mtu 1400 onlink',
    '0.0.0.0/0 via 203.0.113.1 dev eth0 table 77 proto static',
    '10.5.0.0/16 nexthop via 203.0.113.2 dev eth0 weight 3 nexthop via 198.51.100.3 dev eth1 weight 1',
  ]);
});

test('of IPv6, an advertised route is read with the rest of its time, and one that would outlive its address is told apart', () => {
  const printed = [
    '2001:db8::/64 dev eth0 proto kernel metric 256 expires 97sec pref medium',
    'fe80::/64 dev eth0 proto kernel metric 256 pref medium',
    'default via fe80::1 dev eth0 proto ra metric 1024 expires 297sec pref medium',
    'multicast ff00::/8 dev eth0 table local proto kernel metric 256 pref medium',
  ].join('\n');
  expect(parseHostRoutes(printed, 'eth0', [address('2001:db8::5/64', true, true)], '::/0')).toEqual({
    routes: ['::/0 via fe80::1 dev eth0 proto ra metric 1024 expires 297 pref medium'],
    leftovers: ['2001:db8::/64 dev eth0 proto kernel metric 256'],
  });
  expect(parseHostRoutes('', 'eth0', [], '::/0')).toEqual({ routes: [], leftovers: [] });
});

test('a route goes through another device, hop by hop', () => {
  expect(routeThrough('10.5.0.0/16 nexthop via 192.0.2.2 dev eth0 weight 3 nexthop via 192.0.2.3 dev eth1 weight 1', 'eth0', 'brq1')).toBe(
    '10.5.0.0/16 nexthop via 192.0.2.2 dev brq1 weight 3 nexthop via 192.0.2.3 dev eth1 weight 1',
  );
});
