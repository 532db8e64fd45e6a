import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseDhcpAgents } from './choose-dhcp-agents.ts';
import { dhcpDeviceId } from './dhcp-device-id.ts';

const agent = (id: string, zone: string | null = 'nova'): AgentView => ({
  id,
  agent_type: 'DHCP agent',
  binary: 'neutron-dhcp-agent',
  host: id,
  topic: 'dhcp_agent',
  availability_zone: zone,
  admin_state_up: true,
  alive: true,
  started_at: '2026-01-01 00:00:00',
  configurations: {},
});
const agents = fc.uniqueArray(fc.integer({ min: 0, max: 30 }), { maxLength: 12 }).map((ids) => ids.map((id) => agent(`agent-${id}`)));
const loadOf = (loads: readonly number[], id: string): number => loads[Number(id.slice(6))] ?? 0;
const loadList = fc.array(fc.nat(50), { minLength: 31, maxLength: 31 });
const asMap = (all: readonly AgentView[], loads: readonly number[]): Map<string, number> => new Map(all.map(({ id }) => [id, loadOf(loads, id)]));

const schedulers = fc.constantFrom('AZAwareWeightScheduler' as const, 'ChanceScheduler' as const, 'WeightScheduler' as const);

test('as many agents as are wanted, none twice, and but for chance never one with more networks than one left out', () => {
  fc.assert(
    fc.property(schedulers, agents, fc.nat(5), loadList, fc.nat(3), (scheduler, all, wanted, loads, servingCount) => {
      const serving = all.slice(0, servingCount);
      const chosen = chooseDhcpAgents({ scheduler, candidates: all, serving, wanted, loads: asMap(all, loads) });
      const left = all.filter((each) => !serving.includes(each) && !chosen.includes(each));
      expect(chosen).toHaveLength(Math.max(0, Math.min(wanted - serving.length, all.length - serving.length)));
      expect(new Set([...chosen, ...serving]).size).toBe(chosen.length + serving.length);
      if (scheduler !== 'ChanceScheduler') for (const taken of chosen) for (const other of left) expect(loadOf(loads, taken.id)).toBeLessThanOrEqual(loadOf(loads, other.id));
    }),
  );
});

test('networks scheduled one after the other spread evenly', () => {
  fc.assert(
    fc.property(agents.filter((all) => all.length > 0), fc.nat(40), (all, networks) => {
      const loads = new Map<string, number>();
      for (let n = 0; n < networks; n++) {
        for (const { id } of chooseDhcpAgents({ scheduler: 'WeightScheduler', candidates: all, serving: [], wanted: 1, loads })) loads.set(id, (loads.get(id) ?? 0) + 1);
      }
      const counts = all.map(({ id }) => loads.get(id) ?? 0);
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a second agent is taken from another zone, though it has more networks, where zones are looked at', () => {
  const [a, b, far] = [agent('a'), agent('b'), agent('far', 'elsewhere')];
  const choice = { candidates: [a, b, far], serving: [], wanted: 2, loads: new Map([['far', 99]]) };
  expect(chooseDhcpAgents({ ...choice, scheduler: 'AZAwareWeightScheduler' })).toEqual([a, far]);
  expect(chooseDhcpAgents({ ...choice, scheduler: 'WeightScheduler' })).toEqual([a, b]);
});

test('chance takes each of them at some time, whatever they serve', () => {
  const choice = { scheduler: 'ChanceScheduler' as const, candidates: ['a', 'b', 'c'].map((id) => agent(id)), serving: [], wanted: 1, loads: new Map([['c', 99]]) };
  const taken = Array.from({ length: 300 }, () => chooseDhcpAgents(choice)[0]?.id);
  expect([...new Set(taken)].toSorted()).toEqual(['a', 'b', 'c']);
});

test('the device id of a DHCP port is that of Neutron, whatever the domain of the host', () => {
  expect(dhcpDeviceId('net', 'compute-1.example.org')).toBe('dhcpa4759065-eb4f-5a46-96b0-019ee60cabef-net');
});
