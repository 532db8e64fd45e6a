import { expect, test } from 'vitest';
import { movedFlows } from './forwarded-flows.ts';

const chains = (...rules: readonly string[]): ReadonlyMap<string, readonly string[]> => new Map(rules.map((rule, index) => [`neutron-l3-agent-pf-${index}`, [rule]]));
const rule = (ports: string, target: string, protocol = 'tcp'): string => `-d 203.0.113.5/32 -p ${protocol} -m ${protocol} --dport ${ports} -j DNAT --to-destination ${target}`;
const moved = (before: readonly string[], after: readonly string[]): readonly string[] => movedFlows(chains(...after), chains(...before)).map(({ address, protocol, first, last }) => `${address} ${protocol} ${first}-${last}`);

test('flows are moved where their port leads elsewhere, or leads somewhere at last', () => {
  expect(moved([rule('80', '10.0.0.5:8080')], [rule('80', '10.0.0.6:8080')])).toEqual(['203.0.113.5 6 80-80']);
  expect(moved([], [rule('53', '10.0.0.5:53', 'udp')])).toEqual(['203.0.113.5 17 53-53']);
  expect(moved([rule('80', '10.0.0.5:8080')], [])).toEqual(['203.0.113.5 6 80-80']);
});

test('flows to ports that lead where they did are left alone, whatever becomes of their neighbours', () => {
  expect(moved([rule('8000:8010', '10.0.0.5:9000-9010/8000')], [rule('8000:8005', '10.0.0.5:9000-9005/8000')])).toEqual(['203.0.113.5 6 8006-8010']);
  expect(moved([rule('8000:8010', '10.0.0.5:9000-9010/8000')], [rule('8002:8010', '10.0.0.5:9002-9010/8002')])).toEqual(['203.0.113.5 6 8000-8001']);
  expect(moved([rule('80', '10.0.0.5:8080'), rule('81', '10.0.0.5:81')], [rule('81', '10.0.0.5:81'), rule('80', '10.0.0.5:8080')])).toEqual([]);
  expect(moved([rule('8000:8010', '10.0.0.5:22')], [rule('8000:8010', '10.0.0.5:22'), rule('80', '10.0.0.5:80')])).toEqual(['203.0.113.5 6 80-80']);
});

test('other rules of the table say nothing of forwarded ports', () => {
  expect(movedFlows(new Map([['neutron-l3-agent-PREROUTING', [rule('80', '10.0.0.5:80')]]]), new Map())).toEqual([]);
});
