import type { RouterInfo, RouterPort, RouterSubnet } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { actualAsPlanned } from '../../../tests/support/actual-as-planned.ts';
import { type ActualRoute, KEEPALIVED, STATIC } from './actual-router.ts';
import { routerDelta } from './delta-router.ts';
import { numberGateways } from './gateway-numbers.ts';
import { planHa, planInState, type HaPlan } from './ha/plan-ha.ts';
import { checkScript, keepalivedConfiguration } from './ha/keepalived-configuration.ts';
import { defaultL3Settings, type RouterFacts } from './l3-settings.ts';
import { planRouter, type RouterPlan } from './plan-router.ts';
import { ruleKey } from './plan-rules.ts';

const facts: RouterFacts = { ...defaultL3Settings('/state'), ipv6: true };
const subnet = (cidr: string, gateway_ip: string | null = null): RouterSubnet => ({ id: cidr, cidr, gateway_ip, dns_nameservers: [], ipv6_ra_mode: null });
const port = (digit: string, network: string, subnets: readonly RouterSubnet[], addresses: readonly string[], options: Partial<RouterPort> = {}): RouterPort => ({
  id: `${digit.repeat(8)}-0000-4000-8000-000000000000`,
  network_id: network,
  mac_address: 'fa:16:3e:00:00:01',
  admin_state_up: true,
  mtu: 1450,
  fixed_ips: addresses.map((ip_address, at) => ({ subnet_id: subnets[at]?.id ?? '', ip_address, prefixlen: Number(subnets[at]?.cidr.split('/')[1]) })),
  subnets,
  extra_subnets: [],
  ...options,
});
const internal = port('a', 'inside', [subnet('10.1.0.0/24'), subnet('fd00:1::/64')], ['10.1.0.1', 'fd00:1::1']);
const first = port('b', 'one', [subnet('203.0.113.0/24', '203.0.113.1'), subnet('2001:db8:1::/64', '2001:db8:1::1')], ['203.0.113.10', '2001:db8:1::10'], { mtu: 1500 });
const second = port('c', 'two', [subnet('192.0.2.0/24', '192.0.2.1'), subnet('2001:db8:2::/64', 'fe80::1')], ['192.0.2.10', '2001:db8:2::10'], { mtu: 1400 });
const [qr, qg1, qg2] = ['qr-aaaaaaaa-00', 'qg-bbbbbbbb-00', 'qg-cccccccc-00'];
const router: RouterInfo = { id: 'r1', admin_state_up: true, _interfaces: [internal], gw_port: first, extra_gw_ports: [second], enable_snat: true };
const ecmp: RouterInfo = { ...router, enable_default_route_ecmp: true };
const alone: RouterInfo = { ...router, extra_gw_ports: [] };
const numbers = numberGateways([first.id, second.id], [facts.metadataAccessMark, facts.externalIngressMark]);
const [n1, n2] = [numbers.get(first.id) ?? 0, numbers.get(second.id) ?? 0];
const [m1, m2] = [`0x${n1.toString(16)}/0xffff`, `0x${n2.toString(16)}/0xffff`];
const floating = (address: string, network: string, fixed = '10.1.0.5') => ({ id: address, floating_network_id: network, floating_ip_address: address, fixed_ip_address: fixed, status: 'DOWN' });
const rules = (info: RouterInfo, table: 'filter' | 'mangle' | 'nat', chain: string, family: 'IPv4' | 'IPv6' = 'IPv4'): readonly string[] | undefined => planRouter(info, facts).tables[family].get(table)?.get(`neutron-l3-agent-${chain}`);
const routesOf = ({ routes }: RouterPlan, table?: number): readonly string[] =>
  routes.filter((route) => route.table === table).map(({ destination, hops }) => [destination, ...hops.map(({ via = 'link', device, onLink }) => `${via} ${device}${onLink ? ' onlink' : ''}`)].join(' '));

describe('the plan of a router with several gateways', () => {
  test('has a device for each, with its addresses and MTU and the floating IPs of its network: of two on one network the first has them', () => {
    const twin = port('d', 'two', [subnet('192.0.2.0/24', '192.0.2.1')], ['192.0.2.11']);
    const floatingIps = { _floatingips: [floating('192.0.2.20', 'two'), floating('203.0.113.20', 'one', '10.1.0.6')], _pf_floatingips: [{ id: 'p', floating_network_id: 'two', floating_ip_address: '192.0.2.21', status: 'DOWN' }] };
    const { devices } = planRouter({ ...router, ...floatingIps, extra_gw_ports: [second, twin] }, facts);
    expect(devices.slice(1).map(({ name, mtu, addresses }) => [name, mtu, ...addresses])).toEqual([
      [qg1, 1500, '203.0.113.10/24', '2001:db8:1::10/64', '203.0.113.20/32'],
      [qg2, 1400, '192.0.2.10/24', '2001:db8:2::10/64', '192.0.2.20/32', '192.0.2.21/32'],
      ['qg-dddddddd-00', 1450, '192.0.2.11/24'],
    ]);
  });

  test('leads everywhere by the first, unless by all; and for each has a table with the routes that it would have alone', () => {
    const plan = planRouter(router, facts);
    expect(routesOf(plan)).toEqual([`0.0.0.0/0 203.0.113.1 ${qg1}`, `::/0 2001:db8:1::1 ${qg1}`]);
    expect(routesOf(planRouter(ecmp, facts))).toEqual([`0.0.0.0/0 203.0.113.1 ${qg1} 192.0.2.1 ${qg2}`, `::/0 2001:db8:1::1 ${qg1} fe80::1 ${qg2}`]);
    for (const each of [plan, planRouter(ecmp, facts)]) {
      expect(routesOf(each, n1)).toEqual([`203.0.113.0/24 link ${qg1}`, `2001:db8:1::/64 link ${qg1}`, `0.0.0.0/0 203.0.113.1 ${qg1}`, `::/0 2001:db8:1::1 ${qg1}`]);
      expect(routesOf(each, n2)).toEqual([`192.0.2.0/24 link ${qg2}`, `2001:db8:2::/64 link ${qg2}`, `0.0.0.0/0 192.0.2.1 ${qg2}`, `::/0 fe80::1 ${qg2}`]);
    }
    expect([plan.sysctls.get('ipv4/fib_multipath_hash_policy'), plan.sysctls.get('ipv6/fib_multipath_hash_policy')]).toEqual(['1', '1']);
  });

  test('leads to a subnet in which one of them has an address by that one, and by the first to one in which none has', () => {
    const shared = [subnet('198.51.100.0/24'), subnet('192.0.2.0/24')];
    const plan = planRouter({ ...router, gw_port: { ...first, extra_subnets: shared }, extra_gw_ports: [{ ...second, extra_subnets: shared }] }, facts);
    expect(routesOf(plan)).toEqual([`0.0.0.0/0 203.0.113.1 ${qg1}`, `198.51.100.0/24 link ${qg1}`, `::/0 2001:db8:1::1 ${qg1}`]);
    expect(routesOf(plan, n2)).toContain(`198.51.100.0/24 link ${qg2}`);
  });

  test('keeps flows to their gateways by their marks, speaks from an address by the gateway that has it, and lets a floating IP choose where no route does', () => {
    const { rules: planned } = planRouter(router, facts);
    expect(planned.filter(({ version }) => version === 4).map(({ priority, from, mark, table, suppressed }) => [priority, from ?? mark?.value, table, suppressed])).toEqual([
      [1000, n1, n1, undefined], [1000, n2, n2, undefined],
      [2000, '203.0.113.10', n1, 0], [2000, '192.0.2.10', n2, 0],
      [3000, undefined, 254, 0],
      [4000, '203.0.113.10', n1, undefined], [4000, '192.0.2.10', n2, undefined],
      [4000, n1 | 0x8000, n1, undefined], [4000, n2 | 0x8000, n2, undefined],
    ]);
    expect(planned.filter(({ version }) => version === 6).map(({ priority, from, isOwn, mark }) => [priority, from ?? mark?.value, ...(isOwn ? ['own'] : [])])).toEqual([
      [900, n1, 'own'], [900, n2, 'own'], [1000, n1], [1000, n2], [2000, '2001:db8:1::10'], [2000, '2001:db8:2::10'], [3000, undefined], [4000, '2001:db8:1::10'], [4000, '2001:db8:2::10'], [4000, n1 | 0x8000], [4000, n2 | 0x8000],
    ]);
    expect(planRouter(router, { ...facts, ipv6: false }).rules.every(({ version }) => version === 4)).toBe(true);
    // A default route of the project's own is not passed over.
    expect(planRouter({ ...router, routes: [{ destination: '0.0.0.0/0', nexthop: '10.1.0.9' }] }, facts).rules.some(({ version, mark }) => version === 4 && mark !== undefined && mark.value >= 0x8000)).toBe(false);
  });

  test('notes at which gateway a flow was seen first, in both families', () => {
    const info = { ...router, _floatingips: [floating('192.0.2.20', 'two'), floating('203.0.113.20', 'one'), floating('192.0.2.22', 'two', '10.1.0.6')] };
    expect(rules(info, 'mangle', 'gateway')).toEqual([
      `-i ${qg1} -m connmark --mark 0x0/0xffff -j CONNMARK --set-xmark ${m1}`,
      `-i ${qg2} -m connmark --mark 0x0/0xffff -j CONNMARK --set-xmark ${m2}`,
      '-i qg-+ -j RETURN',
      `-m connmark --mark 0x0/0xffff -m conntrack ! --ctstate DNAT --ctrepldst 203.0.113.10 -j CONNMARK --set-xmark ${m1}`,
      `-m connmark --mark 0x0/0xffff -m conntrack ! --ctstate DNAT --ctrepldst 192.0.2.10 -j CONNMARK --set-xmark ${m2}`,
      '-m connmark ! --mark 0x0/0xffff -j CONNMARK --restore-mark --nfmask 0xffff --ctmask 0xffff',
      '-m mark ! --mark 0x0/0xffff -j RETURN',
      `-s 10.1.0.5/32 -j MARK --set-xmark 0x${(n1 | 0x8000).toString(16)}/0xffff`,
      `-s 10.1.0.6/32 -j MARK --set-xmark 0x${(n2 | 0x8000).toString(16)}/0xffff`,
      `-m mark --mark 0x0/0xffff -m conntrack --ctstate RELATED,ESTABLISHED -j MARK --set-xmark 0x${(n1 | 0x8000).toString(16)}/0xffff`,
    ]);
    expect(rules(info, 'mangle', 'gateway', 'IPv6')).toHaveLength(8);
    // What is to be said of a packet from outside.
    expect(rules(info, 'mangle', 'gateway', 'IPv6')?.slice(2, 5)).toEqual([`-i ${qg1} -j MARK --set-xmark 0x${(n1 | 0x8000).toString(16)}/0xffff`, `-i ${qg2} -j MARK --set-xmark 0x${(n2 | 0x8000).toString(16)}/0xffff`, '-i qg-+ -j RETURN']);
    expect(rules(info, 'mangle', 'POSTROUTING', 'IPv6')).toEqual([`-o ${qg1} -m connmark --mark 0x0/0xffff -j CONNMARK --set-xmark ${m1}`, `-o ${qg2} -m connmark --mark 0x0/0xffff -j CONNMARK --set-xmark ${m2}`]);
    expect(rules(alone, 'mangle', 'gateway')).toBeUndefined();
  });

  test('translates what leaves by each to the address of that, or to a floating IP that is there', () => {
    expect(rules({ ...router, _floatingips: [floating('192.0.2.20', 'two')] }, 'nat', 'float-snat')).toEqual([
      `-s 10.1.0.5/32 -o ${qg2} -j SNAT --to-source 192.0.2.20`,
      '-s 10.1.0.5/32 ! -o qg-+ -j SNAT --to-source 192.0.2.20',
    ]);
    expect(rules(router, 'nat', 'snat')).toEqual([
      '-j neutron-l3-agent-float-snat',
      `-o ${qg1} -j SNAT --to-source 203.0.113.10 --random-fully`,
      `-o ${qg2} -j SNAT --to-source 192.0.2.10 --random-fully`,
      '-m mark ! --mark 0x2/0xffff -m conntrack --ctstate DNAT -j SNAT --to-source 203.0.113.10 --random-fully',
    ]);
    expect(rules({ ...router, enable_snat: false }, 'nat', 'snat')).toHaveLength(2);
    expect(rules(router, 'nat', 'POSTROUTING')).toEqual(['! -o qg-+ -m conntrack ! --ctstate DNAT -j ACCEPT']);
  });

  test('keeps address scopes apart at each gateway', () => {
    const scoped = { ...router, enable_snat: false, _floatingips: [{ ...floating('192.0.2.20', 'two'), fixed_ip_address_scope: 'inner' }], extra_gw_ports: [{ ...second, address_scopes: { 4: '11111111-1', 6: null } }] };
    expect(rules(scoped, 'mangle', 'FORWARD')).toEqual([`-s 10.1.0.5/32 -j neutron-l3-agent-scope-${n2.toString(16)}`]);
    expect(rules(scoped, 'mangle', `scope-${n2.toString(16)}`)?.slice(1)).toEqual([expect.stringContaining(`-o ${qg2} -j MARK --set-xmark`)]);
    expect(rules(scoped, 'filter', 'scope')?.slice(1).map((rule) => rule.split(' ')[1])).toEqual([qr, qg1, qg2]);
  });

  test('listens to advertisements at each only where all are used together', () => {
    const four = { ...second, subnets: second.subnets.slice(0, 1) };
    const accepts = (info: RouterInfo): string | undefined => planRouter(info, facts).devices.at(-1)?.sysctls.get(`ipv6/conf/${qg2}/accept_ra`);
    expect([accepts({ ...router, extra_gw_ports: [four] }), accepts({ ...ecmp, extra_gw_ports: [four] })]).toEqual(['0', '2']);
  });

  test('of one gateway is that of a router that never had others', () => {
    const plain = planRouter({ id: 'r1', admin_state_up: true, _interfaces: [internal], gw_port: first, enable_snat: true }, facts);
    expect(planRouter({ ...alone, enable_default_route_ecmp: true }, facts)).toEqual(plain);
    expect(plain.rules).toEqual([]);
  });
});

describe('the difference between a router with several gateways and its plan', () => {
  const plan = planRouter(ecmp, facts);
  const right = actualAsPlanned(plan);
  const words = (steps: ReturnType<typeof routerDelta>): readonly string[] => steps.map((step) => ('command' in step ? step.command : step.kind));

  test('is nothing where they agree, and what was deleted by hand where they do not', () => {
    expect(routerDelta(plan, right)).toEqual([]);
    const [route] = right.routes;
    expect(words(routerDelta(plan, { ...right, routes: right.routes.filter((each) => each !== route) }))).toEqual([`route replace 0.0.0.0/0 proto static nexthop via 203.0.113.1 dev ${qg1} weight 1 nexthop via 192.0.2.1 dev ${qg2} weight 1`]);
    expect(words(routerDelta(plan, { ...right, routes: right.routes.filter(({ table, destination }) => table !== n2 || destination !== '0.0.0.0/0') }))).toEqual([`route replace 0.0.0.0/0 table ${n2} proto static via 192.0.2.1 dev ${qg2}`]);
    const [rule] = plan.rules;
    expect(routerDelta(plan, { ...right, rules: plan.rules.slice(1) })).toEqual([{ kind: 'add-rule', rule }]);
  });

  test('narrows a route over several before anything else when one goes, and takes the device away last; flows of the others are left alone', () => {
    for (const left of [alone, { ...ecmp, extra_gw_ports: [] }]) {
      const steps = routerDelta(planRouter(left, facts), right);
      expect(words(steps).slice(0, 2)).toEqual([`route replace 0.0.0.0/0 proto static via 203.0.113.1 dev ${qg1}`, `route replace ::/0 proto static via 2001:db8:1::1 dev ${qg1}`]);
      expect(words(steps).slice(-4)).toEqual(['delete-rule', `link delete dev ${qg2}`, 'forget-flows', 'forget-marked-flows']);
      expect(steps.slice(-2)).toEqual([{ kind: 'forget-flows', addresses: ['192.0.2.10'] }, { kind: 'forget-marked-flows', marks: [n2] }]);
      expect(steps.filter(({ kind }) => kind === 'delete-rule')).toHaveLength(plan.rules.length);
    }
  });

  test('leaves one of several routes to one place: keepalived’s where two are right, as it takes that away itself', () => {
    const [together] = right.routes;
    if (together === undefined) throw new Error('no route');
    const hops = `nexthop via 203.0.113.1 dev ${qg1} nexthop via 192.0.2.1 dev ${qg2}`;
    const alsoThere = (...routes: readonly ActualRoute[]): readonly string[] => words(routerDelta(plan, { ...right, routes: [...routes, ...right.routes.slice(1)] }));
    const first = { ...together, hops: together.hops.slice(0, 1) };
    expect(alsoThere(together, { ...together, protocol: KEEPALIVED })).toEqual([`route delete 0.0.0.0/0 proto ${STATIC} ${hops}`]);
    expect(alsoThere(first, together)).toEqual([`route delete 0.0.0.0/0 proto ${STATIC} via 203.0.113.1 dev ${qg1}`]);
    expect(alsoThere({ ...first, protocol: KEEPALIVED }, first)).toEqual([
      `route delete 0.0.0.0/0 proto ${STATIC} via 203.0.113.1 dev ${qg1}`,
      `route replace 0.0.0.0/0 proto static nexthop via 203.0.113.1 dev ${qg1} weight 1 nexthop via 192.0.2.1 dev ${qg2} weight 1`,
    ]);
  });

  test('has rules and tables in place before a route over several', () => {
    const steps = routerDelta(plan, actualAsPlanned(planRouter(alone, facts)));
    const kinds = words(steps).map((each) => (each.includes('nexthop') ? 'together' : each.includes('table') ? 'table' : each));
    expect(kinds.indexOf('together')).toBeGreaterThan(kinds.lastIndexOf('table'));
    expect(kinds.indexOf('together')).toBeGreaterThan(kinds.lastIndexOf('add-rule'));
    expect(kinds.indexOf('add-rule')).toBeGreaterThan(kinds.lastIndexOf('replace-tables'));
  });
});

test('a gateway keeps its number when others come and go, and none is a mark of something else', () => {
  expect(numberGateways([first.id], [1, 2]).get(first.id)).toBe(n1);
  const alike = ['00000001-a', '00000001-b'];
  expect([...numberGateways(alike, [1, 2]).values()]).toEqual([0x101, 0x102]);
  expect([...numberGateways(alike, [0x101, 0x8102]).values()]).toEqual([0x103, 0x104]);
});

test('copies of a highly available router have the rules, and keepalived is told of the routes of each table', () => {
  const info: RouterInfo = { ...ecmp, ha: true, ha_vr_id: 7, _ha_interface: port('e', 'ha', [subnet('169.254.192.0/18')], ['169.254.192.4']) };
  const whole = planRouter(info, facts);
  const ha = planHa(info, whole, { ipv6: true }) as HaPlan;
  const text = keepalivedConfiguration(ha.instance, facts.ha, '/check');
  expect(text).toContain(`        0.0.0.0/0 no_track nexthop via 203.0.113.1 dev ${qg1} weight 1 nexthop via 192.0.2.1 dev ${qg2} weight 1\n`);
  expect(text).toContain(`        192.0.2.0/24 dev ${qg2} table ${n2} scope link no_track\n        2001:db8:2::/64 dev ${qg2} table ${n2} scope link no_track\n        0.0.0.0/0 via 192.0.2.1 dev ${qg2} table ${n2} no_track\n`);
  expect(checkScript(ha.instance)?.match(/^ping/gm)).toHaveLength(4);
  const waiting = planInState(whole, ha, 'backup', { ipv6: true });
  expect([waiting.routes, waiting.rules.map(ruleKey)]).toEqual([[], whole.rules.map(ruleKey)]);
});
