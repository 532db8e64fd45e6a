import { rmSync } from 'node:fs';
import type { DhcpNetwork } from '@neutrino/lib/rpc/payloads';
import { reloadDaemon, type RunningDaemon, stopDaemon } from '../linux/daemon.ts';
import { findDnsmasq, startDnsmasq } from '../linux/dnsmasq.ts';
import { namespaceInode } from '../linux/netns.ts';
import { initialLeases, renderLeaseFile } from './lease-file.ts';
import type { DnsmasqPlan } from './plan-dnsmasq.ts';
import { readLeaseFile } from './release-leases.ts';
import { ensureReadableDirectory, readIfPresent, writeIfChanged } from '../linux/state-files.ts';

export interface ActualDnsmasq {
  readonly running: RunningDaemon | undefined;
  readonly namespaceInode: bigint | undefined;
  /** Whether the pid file leads to it. */
  readonly pidFileRight: boolean;
  /** Files whose contents are not those of the plan. */
  readonly outdatedFiles: readonly string[];
  /** Whether it is certain that the running dnsmasq has read the files as they are. */
  readonly filesLoaded: boolean;
}

export type DnsmasqStep =
  | { readonly kind: 'stop'; readonly running: RunningDaemon }
  | { readonly kind: 'write-files'; readonly paths: readonly string[] }
  | { readonly kind: 'restore-pid-file'; readonly running: RunningDaemon }
  | { readonly kind: 'prepare-leases' }
  | { readonly kind: 'start' }
  | { readonly kind: 'reload'; readonly running: RunningDaemon };

export function dnsmasqDelta(plan: DnsmasqPlan, actual: ActualDnsmasq): readonly DnsmasqStep[] {
  const { running, outdatedFiles: paths } = actual;
  const write: readonly DnsmasqStep[] = paths.length === 0 ? [] : [{ kind: 'write-files', paths }];
  if (running === undefined) return [...write, { kind: 'prepare-leases' }, { kind: 'start' }];
  const current = running.argv.join('\0') === plan.argv.join('\0') && running.namespaceInode === actual.namespaceInode;
  if (!current) return [{ kind: 'stop', running }, ...write, { kind: 'prepare-leases' }, { kind: 'start' }];
  return [
    ...(actual.pidFileRight ? [] : [{ kind: 'restore-pid-file', running } as const]),
    ...write,
    ...(paths.length > 0 || !actual.filesLoaded ? [{ kind: 'reload', running } as const] : []),
  ];
}

/**
 * Makes dnsmasq what the plan says. `filesLoaded` is false in the first pass of an agent's life: it may have
 * been killed between writing a file and telling dnsmasq.
 */
export async function applyDnsmasq(
  plan: DnsmasqPlan,
  facts: { readonly network: DhcpNetwork; readonly namespace: string; readonly filesLoaded: boolean },
): Promise<{ readonly steps: readonly DnsmasqStep[]; readonly running: RunningDaemon }> {
  const { network, namespace, filesLoaded } = facts;
  ensureReadableDirectory(plan.directory);
  if (plan.logDirectory !== null) ensureReadableDirectory(plan.logDirectory);
  const before = findDnsmasq(plan.pidFile);
  const steps = dnsmasqDelta(plan, {
    running: before,
    namespaceInode: namespaceInode(namespace),
    pidFileRight: before !== undefined && readIfPresent(plan.pidFile)?.trim() === String(before.pid),
    outdatedFiles: Object.keys(plan.files).filter((path) => readIfPresent(path) !== plan.files[path]),
    filesLoaded,
  });
  for (const step of steps) await executeStep(step, plan, network, namespace);
  const started = steps.some((step) => step.kind === 'start');
  const running = started ? findDnsmasq(plan.pidFile) : before;
  if (running === undefined) throw new Error(`dnsmasq of network ${network.id} ended as soon as it had started`);
  return { steps, running };
}

async function executeStep(step: DnsmasqStep, plan: DnsmasqPlan, network: DhcpNetwork, namespace: string): Promise<void> {
  switch (step.kind) {
    case 'stop':
      return stopDaemon(step.running);
    case 'write-files':
      for (const path of step.paths) writeIfChanged(path, plan.files[path] ?? '');
      return;
    case 'restore-pid-file':
      writeIfChanged(plan.pidFile, `${step.running.pid}\n`);
      return;
    case 'prepare-leases':
      writeIfChanged(plan.leaseFile, renderLeaseFile(initialLeases(network, readLeaseFile(plan.leaseFile), Date.now() / 1000)));
      return;
    case 'start':
      rmSync(plan.pidFile, { force: true });
      return startDnsmasq(namespace, plan.argv);
    case 'reload':
      return reloadDaemon(step.running);
  }
}
