import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type NftTable, parseNftTables } from '../linux/nftables.ts';
import { deltaGuard, guardAfter } from './delta-guard.ts';
import { planGuard as guardOf } from './plan-guard.ts';
import { planWiring } from './plan-wiring.ts';
import type { Port } from './port.ts';
import { defaultSettings } from './settings.ts';

/** Of ports on no bridge. */
const planGuard = (ports: readonly Port[]) => guardOf(ports, planWiring([], defaultSettings));

function port(number: number, addresses: readonly string[]): Port {
  const device = `tap0000000${number}-11`;
  return {
    details: {
      device, port_id: device, network_id: 'n', mac_address: `fa:16:3e:00:00:0${number}`, admin_state_up: true, network_type: 'local',
      segmentation_id: null, physical_network: null, mtu: 1450, fixed_ips: [], device_owner: 'compute:nova',
      allowed_address_pairs: addresses.map((ip_address) => ({ ip_address, mac_address: `fa:16:3e:00:00:0${number}` })),
      port_security_enabled: true, qos_policy_id: null, qos_network_policy_id: null, profile: {}, propagate_uplink_status: false,
    },
  };
}

test('a missing table is made whole, in one transaction that replaces whatever there was', () => {
  const ruleset = deltaGuard(planGuard([port(1, ['10.0.0.0/24', '0.0.0.0/0'])]), undefined, new Set()) ?? '';
  expect(ruleset).toMatch(/^add table bridge neutrino\ndelete table bridge neutrino\ntable bridge neutrino \{/);
  expect(ruleset).toContain('add element bridge neutrino senders { "tap00000001-11" . 0.0.0.0-255.255.255.255 }');
  expect(ruleset).toContain('add element bridge neutrino targets { "tap00000001-11" . 0xfe80000000000000f8163efffe000001 }');
});

test('addresses that touch or overlap are one range', () => {
  const addresses = fc.array(fc.tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 28, max: 32 })), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(addresses, (list) => {
      const plan = planGuard([port(1, list.map(([last, length]) => `10.0.0.${last}/${length}`))]);
      const ranges = [...plan.senders].map((text) => (text.split('|')[1] ?? '').split('-').map(Number));
      for (const [index, [first = 0]] of ranges.entries()) {
        if (index > 0) expect(first).toBeGreaterThan((ranges[index - 1]?.[1] ?? 0) + 1);
      }
    }),
  );
});

/** A table as nft prints it: our rules with their comments, and elements of two sets. */
function table(senders: readonly unknown[], secluded: readonly string[] = []): NftTable {
  const ruleset = deltaGuard(planGuard([]), undefined, new Set()) ?? '';
  const rules = [...ruleset.matchAll(/comment "(\S+) (\S+) (\d+)"/g)].map(([, edition = '', chain = '', index = '']) => ({ chain, comment: `${edition} ${chain} ${index}` }));
  const names = [...new Set(rules.map(({ chain }) => chain))];
  const of = { table: 'neutrino' };
  const parsed = parseNftTables(JSON.stringify({
    nftables: [
      { table: { name: 'neutrino' } },
      ...['guarded', 'sources', 'neighbours', 'targets'].map((name) => ({ set: { ...of, name } })), { set: { ...of, name: 'secluded', elem: secluded } }, { set: { ...of, name: 'senders', elem: senders } },
      ...names.map((name) => ({ chain: { ...of, name } })), ...rules.map((rule) => ({ rule: { ...of, ...rule } })),
    ],
  })).get('neutrino');
  if (parsed === undefined) throw new Error('there is no table');
  return parsed;
}

test('surplus claims go, except those of devices that are kept', () => {
  const actual = table([{ concat: ['tap00000009-11', { prefix: { addr: '10.0.0.0', len: 24 } }] }]);
  expect(deltaGuard(planGuard([]), actual, new Set())).toBe('delete element bridge neutrino senders { "tap00000009-11" . 10.0.0.0-10.0.0.255 }\n');
  expect(deltaGuard(planGuard([]), actual, new Set(['tap00000009-11']))).toBeUndefined();
  expect(deltaGuard(planGuard([]), table([]), new Set())).toBeUndefined();
});

test('the host hears nothing from the ports of a bridge of ours, unless it carries the host’s own addresses', () => {
  const wiring = (secluded: boolean) => ({
    bridges: new Map([['brq1', { name: 'brq1', ours: true, mtu: 1450, secluded }]]),
    taps: new Map([['tap00000001-11', { name: 'tap00000001-11', bridge: 'brq1', mtu: 1450, up: true, ofInstance: true }]]),
    uplinks: new Map([['vxlan-7', { kind: 'vxlan', name: 'vxlan-7', bridge: 'brq1', vni: 7, mtu: 1450, group: null } as const]]),
  });
  expect(deltaGuard(guardOf([], wiring(true)), table([]), new Set())).toBe('add element bridge neutrino secluded { "tap00000001-11", "vxlan-7" }\n');
  expect(deltaGuard(guardOf([], wiring(false)), table([]), new Set())).toBeUndefined();
});

test('an uplink stays closed to the host while the server has not told of every device', () => {
  const actual = table([], ['vxlan-7', 'tap00000009-11', 'tap00000008-11']);
  expect(deltaGuard(planGuard([]), actual, new Set(['tap00000009-11']))).toBe('delete element bridge neutrino secluded { "tap00000008-11" }\n');
  expect(deltaGuard(planGuard([]), table([], ['vxlan-7']), new Set())).toBe('delete element bridge neutrino secluded { "vxlan-7" }\n');
});

test('a table with a rule too few is made anew', () => {
  const actual = table([]);
  const damaged = { ...actual, ruleComments: new Map(actual.ruleComments).set('arp-claims', []) };
  expect(deltaGuard(planGuard([]), damaged, new Set())).toContain('delete table');
});

test('after the ruleset has been loaded nothing is left to do', () => {
  const [wanted, kept] = [planGuard([port(1, ['10.0.0.0/24'])]), new Set(['tap00000009-11'])];
  for (const actual of [undefined, table([{ concat: ['tap00000009-11', '10.0.0.9'] }, { concat: ['tap00000008-11', '10.0.0.8'] }])]) {
    const after = guardAfter(wanted, actual, kept);
    expect(deltaGuard(wanted, after, kept)).toBeUndefined();
    expect(after.sets.get('senders')?.length).toBe(actual === undefined ? 1 : 2);
  }
});
