import { expect, test } from 'vitest';
import { deviceOfNewAddress, parseLinkEvent } from './link-monitor.ts';

const rest = 'mtu 1500 qdisc noqueue';

test('a device that appears, is plugged in, and goes is told from a port that leaves its bridge', () => {
  expect(parseLinkEvent(`3: tap0@if2: <BROADCAST,M-DOWN> ${rest} state DOWN group default \\    link/ether 52:87:8b:4b:0c:cf`)).toEqual({
    name: 'tap0', index: 3, gone: false, master: undefined, up: false,
  });
  expect(parseLinkEvent(`3: tap0@NONE: <NO-CARRIER,BROADCAST,UP> ${rest} master brq0 state UP`)).toEqual({ name: 'tap0', index: 3, gone: false, master: 'brq0', up: true });
  expect(parseLinkEvent(`Deleted 3: tap0@NONE: <BROADCAST> ${rest} state DOWN`)?.gone).toBe(true);
  expect(parseLinkEvent(`Deleted 3: tap0@NONE: <BROADCAST> mtu 1500 master brq0 state DOWN`)).toBeUndefined();
  expect(parseLinkEvent('Dump was interrupted')).toBeUndefined();
});

test('a device that gets an address is told from one that loses one, and from what the kernel does by itself', () => {
  const end = String.raw`\       valid_lft 20sec preferred_lft 20sec`;
  expect(deviceOfNewAddress(`3: eth0    inet 192.0.2.1/24 brd 192.0.2.255 scope global dynamic eth0${end}`)).toBe('eth0');
  expect(deviceOfNewAddress(`3: eth0.7    inet6 2001:db8::1/64 scope global ${end}`)).toBe('eth0.7');
  expect(deviceOfNewAddress(`3: eth0    inet6 fe80::1/64 scope link ${end}`)).toBeUndefined();
  expect(deviceOfNewAddress(`Deleted 3: eth0    inet 192.0.2.1/24 scope global eth0${end}`)).toBeUndefined();
  expect(deviceOfNewAddress(`3: eth0@if2: <BROADCAST,UP> ${rest} state UP`)).toBeUndefined();
});
