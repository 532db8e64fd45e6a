import { expect, test } from 'vitest';
import { parseLinkEvent } from './link-monitor.ts';

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
