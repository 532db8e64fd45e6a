import { expect, test } from 'vitest';
import { flowMatcher, type FlowSelector } from './conntrack.ts';

const [v4, v6] = [{ family: 'IPv4', zone: 5000 }, { family: 'IPv6', zone: 5000 }] as const;
const tcp = { zone: 5000, source: Buffer.from([10, 0, 0, 1]), destination: Buffer.from([10, 0, 0, 2]), protocol: 6 };
const means = (selector: FlowSelector, flow = tcp): boolean => flowMatcher([{ ...v4, zone: 4999, direction: 'egress', address: '10.0.0.1' }, selector])(flow);

test('a flow is meant by the address that it comes from or goes to, in its zone', () => {
  expect(means({ ...v4, direction: 'ingress', address: '10.0.0.2' })).toBe(true);
  expect(means({ ...v4, direction: 'egress', address: '10.0.0.1' })).toBe(true);
  expect(means({ ...v4, direction: 'ingress', address: '10.0.0.1' })).toBe(false);
  expect(means({ ...v4, zone: 5001, direction: 'ingress', address: '10.0.0.2' })).toBe(false);
});

test('a selector is narrowed by protocol and by the other side, and takes prefixes', () => {
  expect(means({ ...v4, direction: 'ingress', address: '10.0.0.2', protocol: 17 })).toBe(false);
  expect(means({ ...v4, direction: 'ingress', address: '10.0.0.2', protocol: 6, remote: '10.0.0.0/24' })).toBe(true);
  expect(means({ ...v4, direction: 'ingress', address: '10.0.0.2', remote: '10.0.0.9' })).toBe(false);
  expect(means({ ...v4, direction: 'egress', address: '10.0.0.0/31' })).toBe(true);
  expect(means({ ...v4, direction: 'egress', address: '10.0.0.8/31' })).toBe(false);
});

test('addresses of IPv6 are told apart from those of IPv4 with the same number', () => {
  const flow = { ...tcp, source: Buffer.from('fd000000000000000000000000000001', 'hex'), destination: Buffer.from('0000000000000000000000000a000002', 'hex') };
  expect(means({ ...v6, direction: 'egress', address: 'fd00::1' }, flow)).toBe(true);
  expect(means({ ...v6, direction: 'egress', address: 'fd00::/8', remote: '10.0.0.0/8' }, flow)).toBe(false);
});
