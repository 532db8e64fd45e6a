import type { DeviceDetails, SecurityGroupDevice, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { SavedTables } from '../linux/iptables.ts';
import { parseSaved } from '../linux/iptables.ts';
import { applyChains, chainBehind, deltaChains, restoreInput, retainChains } from './delta-chains.ts';
import { deltaIpsets } from './delta-ipsets.ts';
import { chains, groupChain, groupSetName, isGroupChain, portChain } from './filter-names.ts';
import { hostPorts } from './host-ports.ts';
import type { FilterChains } from './plan-filter.ts';
import { planHost, type HostPlan, type HostState } from './plan-host.ts';
import type { Port } from './port.ts';
import { notedFlows, noteOfFlow, revokedFlows } from './revoked-flows.ts';
import { defaultSettings } from './settings.ts';

const group = '20000000-0000-4000-8000-000000000000';
const rules: readonly SecurityGroupRuleInfo[] = [
  { direction: 'egress', ethertype: 'IPv4' },
  { direction: 'ingress', ethertype: 'IPv4', remote_group_id: group },
  { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 80, port_range_max: 80 },
];

function details(number: number, given: Partial<DeviceDetails> = {}): DeviceDetails {
  const id = `${String(number).padStart(8, '0')}-1111-4111-8111-000000000000`;
  return {
    device: `tap${id.slice(0, 11)}`, port_id: id, network_id: 'aaaaaaaa-0000-4000-8000-000000000000', mac_address: 'fa:16:3e:00:00:01',
    admin_state_up: true, network_type: 'local', segmentation_id: null, physical_network: null, mtu: 1450,
    fixed_ips: [{ subnet_id: 's', ip_address: `10.0.0.${number}` }], device_owner: 'compute:nova', allowed_address_pairs: [],
    port_security_enabled: true, qos_policy_id: null, qos_network_policy_id: null, profile: {}, propagate_uplink_status: false, ...given,
  };
}

function security(port: DeviceDetails): SecurityGroupDevice {
  return {
    id: port.port_id, device: port.device, network_id: port.network_id, mac_address: port.mac_address, device_owner: port.device_owner,
    fixed_ips: port.fixed_ips.map(({ ip_address }) => ip_address), allowed_address_pairs: [], port_security_enabled: true,
    security_group_rules: [], security_groups: [group], security_group_source_groups: [group],
  };
}

function state(...ports: readonly DeviceDetails[]): HostState {
  return {
    ports: new Map(ports.map((port): [string, Port] => [port.device, { details: port, security: security(port) }])),
    groups: new Map([[group, rules]]),
    members: new Map([[group, { IPv4: ['10.0.0.1', '10.0.0.0/24', '0.0.0.0/0'], IPv6: [] }]]),
  };
}

const plan = (given: HostState, settings = defaultSettings): HostPlan => planHost(given, { settings, zones: new Map(), onUnusableRule: () => undefined });

const chainOf = (...groups: readonly string[]): string => groupChain('ingress', groupSetName(groups));

/** As a release made them that had the rules of groups in the chain of each port. */
function withoutGroupChains({ filter, raw }: FilterChains): FilterChains {
  const ofPorts = [...filter].filter(([chain]) => !isGroupChain(chain)).map(([chain, rules]) => {
    const behind = chainBehind(rules);
    return [chain, behind === undefined ? rules : [...rules.slice(0, -1), ...(filter.get(behind) ?? [])]] as const;
  });
  return { filter: new Map(ofPorts), raw };
}

/** The kernel after the plan's IPv4 chains have been restored into it. */
function restored(given: HostPlan): SavedTables {
  const hooks = '-A FORWARD -j neutron-linuxbri-FORWARD\n-A INPUT -j neutron-linuxbri-INPUT\n';
  const raw = '-A PREROUTING -j neutron-linuxbri-PREROUTING\n-A OUTPUT -j neutron-linuxbri-OUTPUT\n';
  const changes = deltaChains(given.filter.IPv4, new Map(), true);
  return parseSaved(
    restoreInput(changes)
      .replace('*filter\n', `*filter\n:FORWARD ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n${hooks}`)
      .replace('*raw\n', `*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n${raw}`),
  );
}

describe('the plan of a host', () => {
  test('is the same in whatever order the server’s answers come, doubled or not', () => {
    const devices = [details(1), details(2, { port_security_enabled: false }), details(3, { device_owner: 'network:dhcp' }), details(4)];
    const expected = plan(state(...devices));
    const answer = fc.shuffledSubarray([...devices, ...devices], { minLength: devices.length });
    fc.assert(
      fc.property(answer, fc.boolean(), (order, together) => {
        const ports = hostPorts();
        const info = {
          devices: Object.fromEntries(devices.map((each) => [each.device, security(each)])),
          security_groups: { [group]: rules }, sg_member_ips: { [group]: { IPv4: [['10.0.0.1', ''], ['10.0.0.0/24', ''], ['0.0.0.0/0', '']], IPv6: [] } },
        } as const;
        const learn = (some: readonly DeviceDetails[]): void => void ports.learn(some.map(({ device }) => device), { devices: some, failed_devices: [] }, info);
        if (together) learn(order);
        else for (const each of order) learn([each]);
        learn(devices);
        expect(plan(ports.state())).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('does not take a family that was not asked about for one without members', () => {
    const ports = hostPorts();
    const [one, two] = [details(1), details(2)];
    const six = '60000000-0000-4000-8000-000000000000';
    const ofSix: readonly SecurityGroupRuleInfo[] = [{ direction: 'ingress', ethertype: 'IPv6', remote_group_id: group }];
    const answer = (port: DeviceDetails, id: string, list: readonly SecurityGroupRuleInfo[], IPv4: string[], IPv6: string[]) => ({
      devices: { [port.device]: { ...security(port), security_groups: [id] } },
      security_groups: { [id]: list },
      sg_member_ips: { [group]: { IPv4: IPv4.map((address) => [address, ''] as const), IPv6: IPv6.map((address) => [address, ''] as const) } },
    });
    ports.learn([one.device], { devices: [one], failed_devices: [] }, answer(one, group, rules, ['10.0.0.1'], []));
    ports.learn([two.device], { devices: [two], failed_devices: [] }, answer(two, six, ofSix, [], ['fd00::1']));
    expect(ports.state().members.get(group)).toEqual({ IPv4: ['10.0.0.1'], IPv6: ['fd00::1'] });
  });

  test('takes no step where the kernel is as planned', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 }), (numbers) => {
        const wanted = plan(state(...numbers.map((number) => details(number))));
        expect(deltaChains(wanted.filter.IPv4, restored(wanted), true)).toEqual([]);
        const sets = new Map([...wanted.ipsets].map(([name, set]) => [name, { ...set, type: 'hash:net', maxElements: 65_536 }]));
        expect(deltaIpsets(wanted.ipsets, sets)).toEqual({ grow: [], shrink: [], unused: [], removed: new Map() });
      }),
    );
  });

  test('is what the kernel is after the steps, whatever it was before', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 6 });
    fc.assert(
      fc.property(numbers, numbers, (earlier, later) => {
        const before = restored(plan(state(...earlier.map((number) => details(number)))));
        const wanted = plan(state(...later.map((number) => details(number)))).filter.IPv4;
        const after = applyChains(before, deltaChains(wanted, before, true));
        expect(deltaChains(wanted, after, true)).toEqual([]);
        expect(deltaChains({ filter: new Map(), raw: new Map() }, after, true).map((table) => applyChains(after, [table]).get(table.table))).toEqual(
          ['filter', 'raw'].map((table) => new Map([...(after.get(table) ?? [])].filter(([chain]) => !chain.startsWith('neutron-')).map(([chain]) => [chain, []]))),
        );
      }),
    );
  });

  test('keeps trusted and open ports out of the filter and the guard', () => {
    const wanted = plan(state(details(1), details(2, { port_security_enabled: false }), details(3, { device_owner: 'network:dhcp' })));
    expect([...wanted.guard.guarded]).toEqual([details(1).device]);
    expect([...wanted.filter.IPv4.filter.keys()].filter((chain) => chain.startsWith('neutron-linuxbri-i'))).toEqual([portChain('i', details(1).device)]);
    expect(wanted.filter.IPv4.filter.get(chains.forward)).toContain('-m physdev --physdev-in tap00000003-11 --physdev-is-bridged -j ACCEPT');
  });

  test('has no rules at all where the firewall is off, and still guards addresses', () => {
    const wanted = plan(state(details(1)), { ...defaultSettings, firewall: { enabled: false, ipset: true } });
    expect(wanted.filter.IPv4.filter.size + wanted.filter.IPv6.raw.size + wanted.ipsets.size).toBe(0);
    expect(wanted.guard.guarded.size).toBe(1);
  });

  test('splits a member that is everything in two, as hash:net takes no prefix of length 0', () => {
    expect([...(plan(state(details(1))).ipsets.get('NIPv420000000-0000-4000-8000-')?.members ?? [])]).toEqual(['10.0.0.1', '10.0.0.0/24', '0.0.0.0/1', '128.0.0.0/1']);
  });

  test('spells members out where ipset is not used', () => {
    const wanted = plan(state(details(1)), { ...defaultSettings, firewall: { enabled: true, ipset: false } });
    expect(wanted.ipsets.size).toBe(0);
    expect(wanted.filter.IPv4.filter.get(chainOf(group))).toContain('-s 10.0.0.0/24 -j RETURN');
  });

  test('keeps the chains of devices that the server did not tell of, in their places', () => {
    const all = plan(state(details(1), details(2), details(3)));
    const some = plan(state(details(1), details(3)));
    const retained = retainChains(some.filter.IPv4, restored(all), new Set([details(2).device]));
    expect(deltaChains(retained, restored(all), true)).toEqual([]);
  });
});

/** What `iptables-restore --noflush` makes of tables. */
function restore(before: SavedTables, input: string): SavedTables {
  const tables = new Map([...before].map(([table, all]) => [table, new Map([...all].map(([chain, rules]) => [chain, [...rules]]))]));
  let table = new Map<string, string[]>();
  for (const line of input.split('\n')) {
    const [, chain = '', rest = ''] = /^(?:-\w |:)(\S+) ?(.*)$/.exec(line) ?? [];
    const rules = table.get(chain) ?? [];
    if (line.startsWith('*')) table = tables.get(line.slice(1)) ?? tables.set(line.slice(1), new Map()).get(line.slice(1)) ?? table;
    else if (line.startsWith(':')) table.set(chain, []);
    else if (line.startsWith('-X')) table.delete(chain);
    else if (line.startsWith('-A')) rules.push(rest);
    else if (line.startsWith('-D')) rules.splice(rules.indexOf(rest), 1);
    else if (line.startsWith('-I')) {
      const [, at, rule = ''] = /^(\d+) (.*)$/.exec(rest) ?? [];
      expect(Number(at) - 1).toBeLessThanOrEqual(rules.length);
      rules.splice(Number(at) - 1, 0, rule);
    }
  }
  return tables;
}

describe('the chains that all ports share', () => {
  const shared = [chains.forward, chains.input, chains.ports];
  const many = (...without: readonly number[]): HostState =>
    state(...Array.from({ length: 60 }, (_, index) => details(index + 1, index % 7 === 0 ? { port_security_enabled: false } : {})).filter((_, index) => !without.includes(index + 1)));

  test('are edited where few ports come or go, and are in the end what they would be if written anew', () => {
    const some = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 2 });
    fc.assert(
      fc.property(some, some, (earlier, later) => {
        const before = restored(plan(many(...earlier)));
        const wanted = plan(many(...later)).filter.IPv4;
        const changes = deltaChains(wanted, before, true);
        for (const chain of shared) expect(changes.some(({ rewrite }) => rewrite.has(chain))).toBe(false);
        const after = restore(before, restoreInput(changes));
        expect(after).toEqual(applyChains(before, changes));
        expect(deltaChains(wanted, after, true)).toEqual([]);
        expect(applyChains(before, deltaChains(wanted, before, false))).toEqual(after);
      }),
      { numRuns: 20 },
    );
  });

  test('are written anew where their order is another, or a rule is there twice', () => {
    const wanted = plan(many()).filter.IPv4;
    const before = restored(plan(many()));
    const filter = before.get('filter') ?? new Map<string, readonly string[]>();
    const rules = filter.get(chains.forward) ?? [];
    for (const wrong of [rules.toReversed(), [...rules, ...rules.slice(0, 1)]]) {
      const [change] = deltaChains(wanted, new Map([...before, ['filter', new Map([...filter, [chains.forward, wrong]])]]), true);
      expect([...(change?.rewrite.keys() ?? [])]).toEqual([chains.forward]);
    }
  });
});

describe('chains of groups', () => {
  const other = '30000000-0000-4000-8000-000000000000';
  const alike = '20000000-0000-4000-8000-111111111111';
  const inGroups = (number: number, ...groups: readonly string[]): [string, Port] => {
    const port = details(number);
    return [port.device, { details: port, security: { ...security(port), security_groups: groups } }];
  };
  const hostOf = (ports: readonly [string, Port][], groups: HostState['groups']): HostState => ({ ports: new Map(ports), groups, members: new Map() });
  const web: SecurityGroupRuleInfo = { direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp', port_range_min: 443, port_range_max: 443 };

  test('are what changes when a rule of a group does, however many ports are in it', () => {
    const ports = Array.from({ length: 20 }, (_, index) => inGroups(index + 1, group));
    const before = restored(plan(hostOf(ports, new Map([[group, rules]]))));
    const after = plan(hostOf(ports, new Map([[group, [...rules, web]]])));
    const [change, ...others] = deltaChains(after.filter.IPv4, before, true);
    expect(others).toEqual([]);
    expect(change?.rewrite).toEqual(new Map());
    expect([...(change?.edit ?? [])].map(([chain, { remove, insert }]) => [chain, remove, insert])).toEqual([[chainOf(group), [], [{ at: 3, rule: '-p 6 -m tcp --dport 443 -j RETURN' }]]]);
  });

  test('are the same for ports that have the same groups, in whatever order they are named', () => {
    const ports = [inGroups(1, group, other), inGroups(2, other, group), inGroups(3, other)];
    const { filter } = plan(hostOf(ports, new Map([[group, rules], [other, [web]]]))).filter.IPv4;
    expect([1, 2, 3].map((number) => chainBehind(filter.get(portChain('i', details(number).device)) ?? []))).toEqual([chainOf(group, other), chainOf(group, other), chainOf(other)]);
    expect(filter.get(chainOf(group, other))).toEqual([
      '-m set --match-set NIPv420000000-0000-4000-8000- src -j RETURN', '-p 6 -m tcp --dport 80 -j RETURN', '-p 6 -m tcp --dport 443 -j RETURN',
      '-m conntrack --ctstate INVALID -j DROP', '-j neutron-linuxbri-sg-fallback',
    ]);
    expect([...filter.keys()].filter(isGroupChain)).toHaveLength(4);
  });

  test('are none of groups whose chains would have the same name', () => {
    const { filter } = plan(hostOf([inGroups(1, group), inGroups(2, alike)], new Map([[group, []], [alike, [web]]]))).filter.IPv4;
    expect([...filter.keys()].filter(isGroupChain)).toEqual([]);
    expect([1, 2].map((number) => filter.get(portChain('i', details(number).device))?.includes('-p 6 -m tcp --dport 443 -j RETURN'))).toEqual([false, true]);
  });

  test('take nothing away from flows where an earlier release had the rules in the chains of ports', () => {
    const wanted = plan(state(details(1), details(2)));
    const before = restored({ ...wanted, filter: { ...wanted.filter, IPv4: withoutGroupChains(wanted.filter.IPv4) } });
    expect(deltaChains(wanted.filter.IPv4, before, true)).not.toEqual([]);
    expect(revokedFlows('IPv4', wanted.filter.IPv4, before, new Map())).toEqual([]);
  });

  test('stay while a port ends in them of which the server has not told', () => {
    const ports = [inGroups(1, group), inGroups(2, other)];
    const groups = new Map([[group, rules], [other, [web]]]);
    const before = restored(plan(hostOf(ports, groups)));
    const known = plan(hostOf(ports.slice(0, 1), groups)).filter.IPv4;
    expect(deltaChains(retainChains(known, before, new Set([details(2).device])), before, true)).toEqual([]);
    expect(deltaChains(known, before, true)[0]?.drop).toContain(chainOf(other));
  });
});

describe('flows that lose their permission', () => {
  const before = restored(plan(state(details(1), details(2))));
  const without = (removed: number): HostState => ({ ...state(details(1), details(2)), groups: new Map([[group, rules.filter((_, index) => index !== removed)]]) });

  test('are those of the rule’s protocol, to the port’s addresses, in its zone', () => {
    const flows = revokedFlows('IPv4', plan(without(2)).filter.IPv4, before, new Map());
    expect(flows).toEqual([1, 2].map((number) => ({ family: 'IPv4', zone: expect.any(Number), direction: 'ingress', address: `10.0.0.${number}`, protocol: 6 })));
  });

  test('are all of a port that has gone', () => {
    const flows = revokedFlows('IPv4', plan(state(details(1))).filter.IPv4, before, new Map());
    expect(flows.map(({ direction, address }) => `${direction} ${address}`).sort()).toEqual(['egress 10.0.0.2', 'ingress 10.0.0.2']);
  });

  test('are those with a member that left the group', () => {
    const removed = new Map([['NIPv420000000-0000-4000-8000-', { family: 'IPv4' as const, members: ['10.0.0.9'] }]]);
    const flows = revokedFlows('IPv4', plan(state(details(1))).filter.IPv4, restored(plan(state(details(1)))), removed);
    expect(flows).toEqual([{ family: 'IPv4', zone: expect.any(Number), direction: 'ingress', address: '10.0.0.1', remote: '10.0.0.9' }]);
  });

  test('are those of a group that a port has left for another', () => {
    const other = '30000000-0000-4000-8000-000000000000';
    const [one, two] = [details(1), details(2)];
    const moved: HostState = {
      ports: new Map([[one.device, { details: one, security: { ...security(one), security_groups: [other] } }], [two.device, { details: two, security: security(two) }]]),
      groups: new Map([[group, rules], [other, rules.slice(0, 2)]]), members: new Map(),
    };
    expect(revokedFlows('IPv4', plan(moved).filter.IPv4, before, new Map())).toEqual([{ family: 'IPv4', zone: expect.any(Number), direction: 'ingress', address: '10.0.0.1', protocol: 6 }]);
  });

  test('are none where rules only came', () => {
    expect(revokedFlows('IPv4', plan(state(details(1), details(2))).filter.IPv4, restored(plan(without(2))), new Map())).toEqual([]);
  });

  test('are read back from their note', () => {
    const flow = { family: 'IPv4', zone: 5000, direction: 'egress', address: '10.0.0.1', protocol: 17, remote: '10.0.0.9' } as const;
    const saved = new Map([['filter', new Map([[chains.forget, [noteOfFlow(flow), noteOfFlow({ family: 'IPv4', zone: 1, direction: 'ingress', address: '10.0.0.2' })]]])]]);
    expect(notedFlows('IPv4', saved)).toEqual([flow, { family: 'IPv4', zone: 1, direction: 'ingress', address: '10.0.0.2' }]);
  });
});
