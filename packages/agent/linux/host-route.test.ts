import { expect, test } from 'vitest';
import { parseHostRoutes } from './host-route.ts';

test('configured routes are read as they can be set again, and those that follow from addresses are not', () => {
  const printed = JSON.stringify([
    { dst: 'default', gateway: '203.0.113.1', protocol: 'static', metric: 50, flags: ['onlink'] },
    { dst: '203.0.113.0/24', protocol: 'kernel', scope: 'link', prefsrc: '203.0.113.9', flags: [] },
    { dst: '198.51.100.0/24', protocol: 'boot', prefsrc: '203.0.113.9', flags: [] },
  ]);
  expect(parseHostRoutes(printed, false)).toEqual([
    '0.0.0.0/0 via 203.0.113.1 metric 50 proto static onlink', '198.51.100.0/24 proto boot src 203.0.113.9',
  ]);
  expect(parseHostRoutes('[{"dst":"default","gateway":"fe80::1","protocol":"ra"}]', true)).toEqual([]);
  expect(parseHostRoutes('', true)).toEqual([]);
});
