import type { RouterInfo, RouterPort, RouterSubnet } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { actualAsPlanned } from '../../../tests/support/actual-as-planned.ts';
import type { ActualRouter } from './actual-router.ts';
import { routerDelta } from './delta-router.ts';
import { defaultL3Settings, type RouterFacts } from './l3-settings.ts';
import { isServed, planRouter } from './plan-router.ts';

const facts: RouterFacts = { ...defaultL3Settings('/state'), ipv6: true };
const subnet = (cidr: string, options: Partial<RouterSubnet> = {}): RouterSubnet => ({ id: cidr, cidr, gateway_ip: null, dns_nameservers: [], ipv6_ra_mode: null, ...options });
const port = (id: string, subnets: readonly RouterSubnet[], addresses: readonly string[], options: Partial<RouterPort> = {}): RouterPort => ({
  id: `${id}${'0'.repeat(11)}`,
  network_id: 'network',
  mac_address: 'FA:16:3E:00:00:01',
  admin_state_up: true,
  mtu: 1450,
  fixed_ips: addresses.map((ip_address, at) => ({ subnet_id: subnets[at]?.id ?? '', ip_address, prefixlen: Number(subnets[at]?.cidr.split('/')[1]) })),
  subnets,
  extra_subnets: [],
  ...options,
});
const internal = port('a', [subnet('10.1.0.0/24')], ['10.1.0.1']);
const gateway = port('b', [subnet('203.0.113.0/24', { gateway_ip: '203.0.113.1' })], ['203.0.113.10']);
const router: RouterInfo = { id: 'r1', admin_state_up: true, _interfaces: [internal], gw_port: gateway, external_gateway_info: { network_id: 'network' }, enable_snat: true };
const [qr, qg] = ['qr-a0000000000', 'qg-b0000000000'];

const rules = (info: RouterInfo, table: 'filter' | 'mangle' | 'nat' | 'raw', chain: string, family: 'IPv4' | 'IPv6' = 'IPv4'): readonly string[] | undefined =>
  planRouter(info, facts).tables[family].get(table)?.get(chain);

describe('the plan of a router', () => {
  test('names its namespace and devices as Neutron does, and gives them their addresses; floating ones come after its own', () => {
    const plan = planRouter({ ...router, _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.20', fixed_ip_address: '10.1.0.5', status: 'DOWN' }] }, facts);
    expect(plan.namespace).toBe('qrouter-r1');
    expect(plan.devices.map(({ name, tap, mac, mtu, addresses }) => ({ name, tap, mac, mtu, addresses }))).toEqual([
      { name: qr, tap: 'tapa0000000000', mac: 'fa:16:3e:00:00:01', mtu: 1450, addresses: ['10.1.0.1/24'] },
      { name: qg, tap: 'tapb0000000000', mac: 'fa:16:3e:00:00:01', mtu: 1450, addresses: ['203.0.113.10/24', '203.0.113.20/32'] },
    ]);
  });

  test('leads ports of floating IPs inside, several ports each to its own, and hands connections to helpers', () => {
    const forwarding = { id: '12345678-0000', protocol: 'tcp', floatingAddress: '203.0.113.30', external: { first: 80, last: 80 }, internalAddress: '10.1.0.5', internal: { first: 8080, last: 8080 } };
    const ranges = { ...forwarding, id: '87654321-0000', protocol: 'udp', external: { first: 7000, last: 7002 }, internal: { first: 9000, last: 9002 } };
    const icmp = { ...forwarding, id: '99999999-0000', protocol: 'icmp' };
    const forwarded: RouterInfo = { ...router, _pf_floatingips: [{ id: 'f', floating_ip_address: '203.0.113.30', status: 'DOWN' }], port_forwardings: [ranges, forwarding, icmp], conntrack_helpers: [{ protocol: 'tcp', port: 21, helper: 'ftp' }] };
    expect(planRouter(forwarded, facts).devices.at(-1)?.addresses).toEqual(['203.0.113.10/24', '203.0.113.30/32']);
    expect(rules(forwarded, 'nat', 'neutron-l3-agent-PREROUTING')?.at(-1)).toBe('-j neutron-l3-agent-fip-pf');
    expect(rules(forwarded, 'nat', 'neutron-l3-agent-fip-pf')).toEqual(['-j neutron-l3-agent-pf-12345678', '-j neutron-l3-agent-pf-87654321']);
    expect(rules(forwarded, 'nat', 'neutron-l3-agent-pf-12345678')).toEqual(['-d 203.0.113.30/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 10.1.0.5:8080']);
    expect(rules(forwarded, 'nat', 'neutron-l3-agent-pf-87654321')).toEqual(['-d 203.0.113.30/32 -p udp -m udp --dport 7000:7002 -j DNAT --to-destination 10.1.0.5:9000-9002/7000']);
    expect(rules(forwarded, 'mangle', 'neutron-l3-agent-floatingip')).toEqual([]);
    const scoped = { ...forwarded, _interfaces: [{ ...internal, address_scopes: { 4: 'inner', 6: null } }] };
    expect(rules(scoped, 'mangle', 'neutron-l3-agent-floatingip')?.[0]).toMatch(/^-d 203\.0\.113\.30\/32 -p udp -m udp --dport 7000:7002 -j MARK --set-xmark 0x/);
    expect(rules(scoped, 'mangle', 'neutron-l3-agent-FORWARD')?.at(-1)).toBe('-s 10.1.0.5/32 -p tcp -m tcp --sport 8080 -j neutron-l3-agent-float-snat');
    for (const family of ['IPv4', 'IPv6'] as const) expect(rules(forwarded, 'raw', 'neutron-l3-agent-cth', family)).toEqual(['-p tcp -m tcp --dport 21 -j CT --helper ftp']);
    expect(rules({ ...forwarded, gw_port: null }, 'nat', 'neutron-l3-agent-fip-pf')).toBeUndefined();
    expect(planRouter(router, facts).tables.IPv4.has('raw')).toBe(false);
  });

  test('has no device for an interface that is switched off', () => {
    expect(planRouter({ ...router, _interfaces: [{ ...internal, admin_state_up: false }] }, facts).devices.map(({ name }) => name)).toEqual([qg]);
  });

  test('has a default route by the gateway of the external subnet, on the link where it is outside of it, and routes to the other subnets there', () => {
    expect(planRouter(router, facts).routes).toEqual([{ version: 4, destination: '0.0.0.0/0', hops: [{ via: '203.0.113.1', device: qg, onLink: false }] }]);
    const odd = { ...gateway, subnets: [subnet('203.0.113.0/24', { gateway_ip: '198.51.100.1' })], extra_subnets: [subnet('192.0.2.0/24'), subnet('203.0.113.0/24')] };
    expect(planRouter({ ...router, gw_port: odd }, facts).routes).toEqual([
      { version: 4, destination: '0.0.0.0/0', hops: [{ via: '198.51.100.1', device: qg, onLink: true }] },
      { version: 4, destination: '192.0.2.0/24', hops: [{ device: qg, onLink: false }] },
    ]);
  });

  test('prefers a default route that the project asked for, spreads over several next hops, and leaves out what it cannot reach', () => {
    const routes = [['0.0.0.0/0', '10.1.0.9'], ['10.9.0.0/16', '10.1.0.8'], ['10.9.0.0/16', '10.1.0.7'], ['10.8.0.0/16', '172.16.0.1']].map(([destination = '', nexthop = '']) => ({ destination, nexthop }));
    expect(planRouter({ ...router, routes }, facts).routes).toEqual([
      { version: 4, destination: '0.0.0.0/0', hops: [{ via: '10.1.0.9', device: qr, onLink: false }] },
      { version: 4, destination: '10.9.0.0/16', hops: [{ via: '10.1.0.7', device: qr, onLink: false }, { via: '10.1.0.8', device: qr, onLink: false }] },
    ]);
  });

  test('learns its IPv6 gateway from advertisements, unless the subnet or the configuration says it', () => {
    const accepts = (info: RouterInfo, given: RouterFacts = facts): string | undefined => planRouter(info, given).devices.at(-1)?.sysctls.get(`ipv6/conf/${qg}/accept_ra`);
    expect(accepts(router)).toBe('2');
    expect(accepts(router, { ...facts, ipv6Gateway: 'fe80::1' })).toBe('0');
    expect(planRouter(router, { ...facts, ipv6Gateway: 'fe80::1' }).routes).toContainEqual({ version: 6, destination: '::/0', hops: [{ via: 'fe80::1', device: qg, onLink: false }] });
    const both = { ...gateway, subnets: [...gateway.subnets, subnet('2001:db8::/64', { gateway_ip: '2001:db8::1' })] };
    expect(accepts({ ...router, gw_port: both })).toBe('0');
  });

  test('translates to its own address what goes out, and what goes to a floating IP from inside', () => {
    expect(rules(router, 'nat', 'neutron-l3-agent-snat')).toEqual([
      '-j neutron-l3-agent-float-snat',
      `-o ${qg} -j SNAT --to-source 203.0.113.10 --random-fully`,
      '-m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 203.0.113.10 --random-fully',
    ]);
    expect(rules({ ...router, enable_snat: false }, 'nat', 'neutron-l3-agent-snat')).toHaveLength(2);
    const floating = { ...router, _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.20', fixed_ip_address: '10.1.0.5', status: 'DOWN' }] };
    expect(rules(floating, 'nat', 'neutron-l3-agent-float-snat')).toEqual(['-s 10.1.0.5/32 -j SNAT --to-source 203.0.113.20']);
    expect(rules({ ...router, gw_port: null }, 'nat', 'neutron-l3-agent-snat')).toEqual(['-j neutron-l3-agent-float-snat']);
    expect(rules(router, 'nat', 'neutron-l3-agent-POSTROUTING')).toEqual([`! -o ${qg} -m conntrack ! --ctstate DNAT -j ACCEPT`]);
  });

  test('keeps address scopes apart where nothing translates', () => {
    const scope = '11111111-0000-4000-8000-000000000000';
    const scoped = { ...router, enable_snat: false, _interfaces: [{ ...internal, address_scopes: { 4: scope, 6: null } }] };
    const [, inside] = /--set-xmark (\S+)/.exec(rules(scoped, 'mangle', 'neutron-l3-agent-scope')?.[0] ?? '') ?? [];
    expect(rules(scoped, 'filter', 'neutron-l3-agent-scope')?.slice(1)).toEqual([`-o ${qr} -m mark ! --mark ${inside} -j DROP`, `-o ${qg} -m mark ! --mark 0x4000000/0xffff0000 -j DROP`]);
    expect(rules({ ...scoped, enable_snat: true }, 'filter', 'neutron-l3-agent-scope')?.slice(1)).toEqual([`-o ${qr} -m mark ! --mark ${inside} -j DROP`]);
  });

  test('has no rules of IPv6 on a host without it', () => {
    expect(planRouter(router, { ...facts, ipv6: false }).tables.IPv6.size).toBe(0);
  });

  test('advertises prefixes as the modes of their subnets say', () => {
    const modes = ['slaac', 'dhcpv6-stateless', 'dhcpv6-stateful'] as const;
    const subnets = modes.map((mode, at) => subnet(`fd00:${at}::/64`, { ipv6_ra_mode: mode, dns_nameservers: ['fd00::53', '192.0.2.53'] }));
    const { advertisements } = planRouter({ ...router, _interfaces: [port('c', subnets, ['fd00::1', 'fd00:1::1', 'fd00:2::1'])] }, facts);
    expect(advertisements).toContain('interface qr-c0000000000 {');
    expect(advertisements).toMatch(/AdvOtherConfigFlag on;\n {2}AdvManagedFlag on;\n {2}RDNSS fd00::53 \{\};/);
    expect([...(advertisements ?? '').matchAll(/prefix (\S+) \{\n.*\n\s+AdvAutonomous (\w+)/g)].map(([, prefix, autonomous]) => `${prefix} ${autonomous}`)).toEqual(['fd00:0::/64 on', 'fd00:1::/64 on', 'fd00:2::/64 off']);
    expect(planRouter(router, facts).advertisements).toBeNull();
  });

  test('is for routers that are on, and without a gateway only where the agent has such', () => {
    expect(isServed(router, { handleInternalOnlyRouters: false })).toBe(true);
    expect(isServed({ ...router, gw_port: null, external_gateway_info: null }, { handleInternalOnlyRouters: false })).toBe(false);
    expect(isServed({ ...router, admin_state_up: false }, { handleInternalOnlyRouters: true })).toBe(false);
  });
});

describe('the difference between a router and its plan', () => {
  const nothing: ActualRouter = { exists: false, loopbackUp: false, sysctls: new Map(), links: new Map(), taps: new Map(), routes: [], rules: [], tables: { IPv4: new Map(), IPv6: new Map() } };
  const plan = planRouter({ ...router, _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.20', fixed_ip_address: '10.1.0.5', status: 'DOWN' }] }, facts);
  const right = actualAsPlanned(plan);

  test('is nothing where they agree', () => {
    expect(routerDelta(plan, right)).toEqual([]);
  });

  test('has the rules in place before the first address, and plugs in last', () => {
    const kinds = routerDelta(plan, nothing).map(({ kind }) => kind);
    expect(kinds.lastIndexOf('replace-tables')).toBeLessThan(kinds.indexOf('add-address'));
    expect(kinds.indexOf('set-tap-up')).toBeGreaterThan(kinds.lastIndexOf('set-route'));
    expect(kinds.indexOf('create-namespace')).toBe(0);
  });

  test('replaces only the tables that differ, and has the flows of a moved floating IP forgotten', () => {
    const moved = planRouter({ ...router, _floatingips: [{ id: 'f', floating_ip_address: '203.0.113.20', fixed_ip_address: '10.1.0.6', status: 'ACTIVE' }] }, facts);
    const steps = routerDelta(moved, right);
    expect(steps.map(({ kind }) => kind)).toEqual(['replace-tables', 'forget-flows']);
    expect(steps[0]).toMatchObject({ family: 'IPv4', input: expect.stringMatching(/^\*nat\n[^*]*COMMIT\n$/) as string });
    expect(steps[1]).toEqual({ kind: 'forget-flows', addresses: ['203.0.113.20'] });
  });

  test('has the flows forgotten that were translated to the address of a gateway that is gone', () => {
    expect(routerDelta(planRouter({ ...router, gw_port: null }, facts), right)).toContainEqual({ kind: 'forget-flows', addresses: ['203.0.113.20', '203.0.113.10'] });
  });

  test('makes a pair anew of which half is lost', () => {
    const kinds = (actual: ActualRouter): readonly string[] => routerDelta(plan, actual).map(({ kind }) => kind).filter((kind) => /link|tap|device/.test(kind));
    expect(kinds({ ...right, links: new Map([...right.links].slice(1)) })).toEqual(['delete-orphaned-tap', 'create-device', 'disable-tap-ipv6', 'set-tap-up']);
    expect(kinds({ ...right, taps: new Map([...right.taps].slice(1)) })).toEqual(['delete-stray-link', 'create-device', 'disable-tap-ipv6', 'set-tap-up']);
  });
});
