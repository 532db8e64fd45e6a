import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { end, identify } from '../host/process-identity.ts';
import type { Host } from '../host/host.ts';
import { inhabitantsOf } from '../host/inhabitants.ts';
import type { StateDirectory } from '../state-directory.ts';
import { instanceDirectory, type InstanceRecord } from './instance-record.ts';

/** Where this package lies, whether this module runs from its source, compiled, or joined into a program. */
const PACKAGE = import.meta.dirname.replace(/(\/dist)?\/[^/]+$/, '');

/** The kernel's part of an instance: a namespace, a tap-like device named as Nova names taps, a DHCP client. */

export function namespaceOfInstance(record: InstanceRecord): string {
  return `instance-${record.id.slice(0, 11)}`;
}

function deviceOfPort(portId: string): string {
  return `tap${portId.slice(0, 11)}`;
}

/** Makes the namespace and plugs its device in, whatever of them is missing; repeating it changes nothing. Whether it was all missing. */
export async function plugInstance(host: Host, record: InstanceRecord): Promise<boolean> {
  const namespace = namespaceOfInstance(record);
  const device = deviceOfPort(record.portId);
  const { stdout: namespaces } = await host.run(['ip', 'netns', 'list'], { accept: [1] });
  const isNew = !namespaces.split('\n').some((line) => line.split(' ')[0] === namespace);
  if (isNew) await host.run(['ip', 'netns', 'add', namespace]);
  const inside = await host.run(['ip', '-n', namespace, '-br', 'link', 'show', 'dev', 'eth0'], { accept: [1] });
  if (inside.code !== 0) {
    // Made under its final names in one step: a device that the agent sees is whole.
    await host.run(['ip', 'link', 'add', device, 'mtu', String(record.mtu), 'type', 'veth',
      'peer', 'name', 'eth0', 'address', record.macAddress, 'mtu', String(record.mtu), 'netns', namespace]);
  }
  await host.run(['ip', '-n', namespace, '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\n' });
  await host.run(['ip', 'link', 'set', device, 'up']);
  return isNew;
}

/** Ends every process of the instance, then removes its namespace and with it its device. */
export async function stopInstance(state: StateDirectory, host: Host, record: InstanceRecord): Promise<void> {
  const namespace = namespaceOfInstance(record);
  for (const inhabitant of await inhabitantsOf(host, namespace)) await end(inhabitant, 0);
  await host.run(['ip', 'link', 'delete', deviceOfPort(record.portId)], { accept: [1] });
  await host.run(['ip', 'netns', 'delete', namespace], { accept: [1] });
  rmSync(dhcpPidFile(state, record), { force: true });
}

export async function isRunning(host: Host, record: InstanceRecord): Promise<boolean> {
  const { code } = await host.run(['ip', 'link', 'show', 'dev', deviceOfPort(record.portId)], { accept: [1] });
  return code === 0;
}

/** The argument vector that runs `command` inside the instance. */
export function commandInside(host: Host, record: InstanceRecord, command: readonly string[]): readonly string[] {
  return [...host.enter, 'ip', 'netns', 'exec', namespaceOfInstance(record), ...command];
}

/** What the guest does when it boots: asks for its address, and goes on renewing it. */
export function bootInstance(state: StateDirectory, host: Host, record: InstanceRecord): void {
  if (dhcpClientOf(state, record) !== undefined) return;
  const directory = instanceDirectory(state, record.id);
  const script = join(PACKAGE, 'share/dhcp-client-event');
  const [program, ...args] = commandInside(host, record, [
    'udhcpc', '-f', '-i', 'eth0', '-t', '3', '-T', '1', '-A', '1', '-R', '-x', `hostname:${record.name}`,
    '-O', 'staticroutes', '-O', 'mtu', '-p', dhcpPidFile(state, record), '-s', script,
  ]);
  appendFileSync(join(directory, 'console.log'), `boot: ${record.name} with ${record.macAddress} on port ${record.portId}\n`);
  const child = spawn(program as string, args, {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', INSTANCE_DIRECTORY: directory },
  });
  child.on('error', (error) => appendFileSync(join(directory, 'console.log'), `boot: no DHCP client: ${error.message}\n`));
  child.unref();
}

/** Ends a DHCP client that outlived its host, in a namespace that nothing leads to any more. */
export async function endOrphanedClient(state: StateDirectory, record: InstanceRecord): Promise<void> {
  const orphan = identify(dhcpClientOf(state, record) ?? -1);
  if (orphan !== undefined) await end(orphan, 0);
}

function dhcpClientOf(state: StateDirectory, record: InstanceRecord): number | undefined {
  try {
    const pid = Number(readFileSync(dhcpPidFile(state, record), 'utf8'));
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(dhcpPidFile(state, record)) ? pid : undefined;
  } catch {
    return undefined;
  }
}

function dhcpPidFile(state: StateDirectory, record: InstanceRecord): string {
  return join(instanceDirectory(state, record.id), 'udhcpc.pid');
}
