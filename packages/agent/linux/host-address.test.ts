import { expect, test } from 'vitest';
import { parseHostAddresses } from './host-address.ts';

const forever = { valid_life_time: 0xffff_ffff, preferred_life_time: 0xffff_ffff };

test('addresses are read as they can be set again, primary ones first, without those that the kernel gives by itself', () => {
  const printed = JSON.stringify([{
    ifname: 'eth0', address: 'b2:d8:c2:02:22:77',
    addr_info: [
      { family: 'inet', local: '192.0.2.11', prefixlen: 24, broadcast: '192.0.2.255', scope: 'global', label: 'eth0', ...forever },
      { family: 'inet', local: '10.1.1.1', address: '10.1.1.2', prefixlen: 32, scope: 'link', ...forever },
      { family: 'inet', local: '192.0.2.12', prefixlen: 24, scope: 'global', secondary: true, dynamic: true, valid_life_time: 498, preferred_life_time: 398 },
      { family: 'inet6', local: '2001:db8::6', prefixlen: 64, scope: 'global', noprefixroute: true, valid_life_time: 0xffff_ffff, preferred_life_time: 0 },
      { family: 'inet6', local: '2001:db8::5', prefixlen: 64, scope: 'global', nodad: true, ...forever },
      { family: 'inet6', local: 'fe80::1', prefixlen: 64, scope: 'link', ...forever },
      { family: 'inet6', local: 'fe80::b0d8:c2ff:fe02:2277', prefixlen: 64, scope: 'link', ...forever },
      { family: 'inet6', local: 'fe80::2:3', prefixlen: 64, scope: 'link', protocol: 'kernel_ll', ...forever },
      {},
    ],
  }]);
  expect(parseHostAddresses(printed)).toEqual([
    { address: '192.0.2.11/24', options: ['broadcast 192.0.2.255', 'scope global'], prefixRoute: true, limited: false },
    { address: '10.1.1.1 peer 10.1.1.2/32', options: ['scope link'], prefixRoute: true, limited: false },
    { address: '192.0.2.12/24', options: ['scope global', 'valid_lft 498 preferred_lft 398'], prefixRoute: true, limited: true },
    { address: 'fe80::1/64', options: ['nodad'], prefixRoute: true, limited: false },
    { address: '2001:db8::5/64', options: ['nodad'], prefixRoute: true, limited: false },
    { address: '2001:db8::6/64', options: ['valid_lft forever preferred_lft 0', 'noprefixroute', 'nodad'], prefixRoute: false, limited: false },
  ]);
});
