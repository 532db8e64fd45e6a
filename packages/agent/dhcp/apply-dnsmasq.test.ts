import { expect, test } from 'vitest';
import { type ActualDnsmasq, dnsmasqDelta } from './apply-dnsmasq.ts';
import type { DnsmasqPlan } from './plan-dnsmasq.ts';

const plan: DnsmasqPlan = {
  argv: ['dnsmasq', '--pid-file=/d/pid'], directory: '/d', pidFile: '/d/pid', leaseFile: '/d/leases', logDirectory: null, files: { '/d/host': 'x\n' },
};
const running = { pid: 7, argv: plan.argv, namespaceInode: 1n };
const healthy: ActualDnsmasq = { running, namespaceInode: 1n, pidFileRight: true, outdatedFiles: [], filesLoaded: true };
const kinds = (actual: ActualDnsmasq): readonly string[] => dnsmasqDelta(plan, actual).map((step) => step.kind);

test('a dnsmasq that is as it is to be is left alone', () => {
  expect(kinds(healthy)).toEqual([]);
});

test('changed files are a reload, never a restart', () => {
  expect(kinds({ ...healthy, outdatedFiles: ['/d/host'] })).toEqual(['write-files', 'reload']);
});

test('an adopted dnsmasq reads its files again: the agent before may have died before it could say so', () => {
  expect(kinds({ ...healthy, filesLoaded: false })).toEqual(['reload']);
});

test('other arguments and another namespace are a restart with the leases kept', () => {
  const restart = ['stop', 'write-files', 'prepare-leases', 'start'];
  expect(kinds({ ...healthy, outdatedFiles: ['/d/host'], running: { ...running, argv: ['dnsmasq', '--pid-file=/d/pid', '--dhcp-lease-max=1'] } })).toEqual(restart);
  expect(kinds({ ...healthy, outdatedFiles: ['/d/host'], namespaceInode: 2n })).toEqual(restart);
});

test('where none runs one is started', () => {
  expect(kinds({ ...healthy, running: undefined, outdatedFiles: ['/d/host'] })).toEqual(['write-files', 'prepare-leases', 'start']);
});
