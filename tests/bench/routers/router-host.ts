import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { startOnHost, type HostProgram } from '../../support/hosts/host-program.ts';
import type { Namespaces } from '../../support/hosts/namespaces.ts';
import { openCgroup } from '../../support/hosts/own-cgroup.ts';
import type { Make } from '../api/servers.ts';
import { residentMemory } from '../report.ts';

const BIN = resolve(import.meta.dirname, '../../../bin');

/** A host whose L3 agent is one make's; both read the same files. */
export interface RouterHost extends AsyncDisposable {
  readonly name: string;
  readonly machine: Namespaces;
  /** Its own make's agent, or the other's. */
  start(other?: Make): Promise<HostProgram>;
  /** Milliseconds of processor time of the agent and all that it started, so far; undefined where this machine does not count by groups. */
  processorTime(): number | undefined;
  /** MiB in RAM of each of these processes. */
  memories(): readonly number[];
  /** How many processes and threads were started on the host so far. */
  started(): Promise<number>;
}

export function openRouterHost(machine: Namespaces, make: Make, transportUrl: string): RouterHost {
  const owned = new AsyncDisposableStack();
  const { name } = machine;
  const group = cgroup(owned, name);
  const write = (file: string, text: string): void => {
    mkdirSync(machine.path(dirname(file)), { recursive: true });
    writeFileSync(machine.path(file), text);
  };
  // Root as it is: what a helper for privileges costs is not what is compared.
  write('/etc/neutron/neutron.conf', `[DEFAULT]
host = ${name}
state_path = /var/lib/neutron
transport_url = ${transportUrl}
[agent]
root_helper =
root_helper_daemon =
[oslo_concurrency]
lock_path = /var/lib/neutron/lock
`);
  write('/etc/neutron/l3_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
  mkdirSync(machine.path('/var/lib/neutron/lock'), { recursive: true });
  const programs = { ours: join(BIN, 'neutron-l3-agent'), neutron: '/usr/bin/neutron-l3-agent' };
  const files = ['--config-file', '/etc/neutron/neutron.conf', '--config-file', '/etc/neutron/l3_agent.ini'];
  return {
    name,
    machine,
    async start(other = make) {
      // What this process starts begins in the group that it is in itself.
      if (group !== undefined) writeFileSync(join(group.path, 'cgroup.procs'), String(process.pid));
      try {
        return owned.use(await startOnHost(machine, 'l3', machine.path('/var/log/l3.out'), [programs[other], ...files]));
      } finally {
        if (group !== undefined) writeFileSync(join(dirname(group.path), 'cgroup.procs'), String(process.pid));
      }
    },
    processorTime: () => (group === undefined ? undefined : Number(/^usage_usec (\d+)/m.exec(readFileSync(join(group.path, 'cpu.stat'), 'utf8'))?.[1]) / 1000),
    memories: () => (group === undefined ? [] : readFileSync(join(group.path, 'cgroup.procs'), 'utf8').trim().split('\n').map((pid) => residentMemory(Number(pid)))),
    // The last number that was given to one, by this host's own count; see proc(5).
    started: async () => Number((await machine.run(['cat', '/proc/loadavg'])).stdout.trim().split(' ')[4]),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function cgroup(stack: AsyncDisposableStack, name: string): { readonly path: string } | undefined {
  try {
    return stack.use(openCgroup(name));
  } catch {
    return undefined;
  }
}
