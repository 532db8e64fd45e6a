import type { DhcpNetwork, DhcpPort } from '@neutrino/lib/rpc/payloads';
import { expect, test } from 'vitest';
import { type ActualNamespace, namespaceDelta, planNamespace } from './plan-network-namespace.ts';

const port = {
  id: '12345678-9abc-def0-1234-56789abcdef0', mac_address: 'FA:16:3E:00:00:01',
  fixed_ips: [{ subnet_id: 's4', ip_address: '10.0.0.2' }, { subnet_id: 's6', ip_address: 'fd00::2' }, { subnet_id: 'elsewhere', ip_address: '10.9.0.2' }],
} as unknown as DhcpPort;
const network = {
  id: 'net', mtu: 1450,
  subnets: [
    { id: 's4', ip_version: 4, cidr: '10.0.0.0/24', enable_dhcp: true, gateway_ip: '10.0.0.1' },
    { id: 's6', ip_version: 6, cidr: 'fd00::/64', enable_dhcp: true, gateway_ip: 'fe80::1' },
  ],
} as unknown as DhcpNetwork;
const facts = { ipv6: true, enableIsolatedMetadata: true, forceMetadata: false };
const plan = planNamespace(network, port, facts);

const healthy: ActualNamespace = {
  exists: true,
  prepared: true,
  tap: { mtu: 1450, up: true, ipv6Disabled: true },
  links: new Map([['ns-12345678-9a', { mac: 'fa:16:3e:00:00:01', mtu: 1450, up: true, checksumOffload: false, addresses: plan.addresses }]]),
  gateways: { 4: { address: '10.0.0.1', onLink: false }, 6: { address: 'fe80::1', onLink: true } },
};

test('the plan has the addresses of DHCP subnets, the metadata addresses, and gateways outside their subnet on the link', () => {
  expect(plan).toEqual({
    namespace: 'qdhcp-net',
    device: { namespace: 'qdhcp-net', name: 'ns-12345678-9a', tap: 'tap12345678-9a', mac: 'fa:16:3e:00:00:01', mtu: 1450 },
    addresses: ['10.0.0.2/24', 'fd00::2/64', '169.254.169.254/32', 'fe80::a9fe:a9fe/64'],
    gateways: healthy.gateways,
  });
  expect(planNamespace(network, port, { ...facts, ipv6: false }).addresses).toEqual(['10.0.0.2/24', '169.254.169.254/32']);
});

test('a network whose MTU nobody knows has devices of Ethernet’s', () => {
  expect(planNamespace({ ...network, mtu: 0 }, port, facts).device.mtu).toBe(1500);
});

test('a correct namespace needs no step', () => {
  expect(namespaceDelta(plan, healthy)).toEqual([]);
});

test('a missing namespace is made whole, in an order that lets nothing in before it is ready', () => {
  const nothing: ActualNamespace = { exists: false, prepared: false, tap: null, links: new Map(), gateways: { 4: null, 6: null } };
  expect(namespaceDelta(plan, nothing).map((step) => step.kind)).toEqual([
    'create-namespace', 'prepare-namespace', 'create-device', 'compute-checksums', 'disable-tap-ipv6', 'set-inner-up', 'set-tap-up',
    'add-address', 'add-address', 'add-address', 'add-address', 'set-gateway', 'set-gateway',
  ]);
});

test('each deviation is one step', () => {
  const inner = healthy.links.get('ns-12345678-9a');
  const links = (change: object): ActualNamespace => ({ ...healthy, links: new Map([['ns-12345678-9a', { ...inner!, ...change }]]) });
  const tap = (change: object): ActualNamespace => ({ ...healthy, tap: { ...healthy.tap!, ...change } });
  const kinds = (actual: ActualNamespace): readonly string[] => namespaceDelta(plan, actual).map((step) => step.kind);
  expect(kinds(links({ mac: 'fa:16:3e:00:00:02' }))).toEqual(['set-mac']);
  expect(kinds(links({ mtu: 1500 }))).toEqual(['set-inner-mtu']);
  expect(kinds(links({ up: false }))).toEqual(['set-inner-up']);
  expect(kinds(links({ checksumOffload: true }))).toEqual(['compute-checksums']);
  expect(kinds(links({ addresses: plan.addresses.slice(1) }))).toEqual(['add-address']);
  expect(kinds(links({ addresses: [...plan.addresses, '10.0.0.3/24'] }))).toEqual(['delete-address']);
  expect(kinds(tap({ mtu: 1500 }))).toEqual(['set-tap-mtu']);
  expect(kinds(tap({ up: false }))).toEqual(['set-tap-up']);
  expect(kinds(tap({ ipv6Disabled: false }))).toEqual(['disable-tap-ipv6']);
  expect(kinds({ ...healthy, prepared: false })).toEqual(['prepare-namespace']);
  expect(kinds({ ...healthy, gateways: { ...healthy.gateways, 4: { address: '10.0.0.9', onLink: false } } })).toEqual(['set-gateway']);
  expect(kinds({ ...healthy, links: new Map([...healthy.links, ['ns-stray', inner!]]) })).toEqual(['delete-stray-link']);
});

test('half a pair is replaced', () => {
  const kinds = namespaceDelta(plan, { ...healthy, tap: null }).map((step) => step.kind);
  expect(kinds.slice(0, 2)).toEqual(['delete-stray-link', 'create-device']);
  const orphan = namespaceDelta(plan, { ...healthy, links: new Map() }).map((step) => step.kind);
  expect(orphan.slice(0, 2)).toEqual(['delete-orphaned-tap', 'create-device']);
});
