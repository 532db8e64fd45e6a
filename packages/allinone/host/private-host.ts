import { spawn } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { remove, writeWhole, type StateDirectory } from '../state-directory.ts';
import { hostEnteredBy, type Host } from './host.ts';
import { namedNamespace, namespaceOf, processesThat } from './inhabitants.ts';
import { end, identify, isAlive, readIdentity, type ProcessIdentity } from './process-identity.ts';

/**
 * A private host is a network and a mount namespace with their own /sys and /run/netns. A holder, a
 * process that only sleeps, pins both, so they outlive this program's end however it comes.
 *
 * INVARIANTS
 * - The holder's identity is on disk before anything is made inside, and the preparation inside is
 *   idempotent: a kill -9 at any point is made good by the next `openPrivateHost`.
 * - Nothing of the machine's own network is written.
 */
export const UNDERLAY_ADDRESS = '172.31.255.1';
export const PROVIDER_INTERFACE = 'provider0';

/** In the environment of a holder: whose it is. */
const HOLDER_OF = 'NEUTRINO_HOLDER_OF';

export interface PrivateHost extends Host {
  /** True where this call made it: whatever ran on an earlier one is gone. */
  readonly isNew: boolean;
}

export async function openPrivateHost(state: StateDirectory): Promise<PrivateHost> {
  const known = readHolder(state);
  const holder = known ?? (await startHolder(state));
  writeWhole(state.holder, JSON.stringify(holder));
  const host = hostHeldBy(holder);
  await prepare(host, holder);
  return { ...host, isNew: known === undefined };
}

/** The private host of this state directory, where one is running. */
export function findPrivateHost(state: StateDirectory): Host | undefined {
  const holder = readHolder(state);
  return holder === undefined ? undefined : hostHeldBy(holder);
}

/** Ends the private host and every process that lives in it. */
export async function destroyPrivateHost(state: StateDirectory): Promise<void> {
  const holder = readHolder(state);
  if (holder !== undefined) {
    const host = hostHeldBy(holder);
    for (const inhabitant of await inhabitants(host, holder)) if (inhabitant.pid !== holder.pid) await end(inhabitant, 0);
    await end(holder, 0);
  }
  remove(state.holder);
}

function readHolder(state: StateDirectory): ProcessIdentity | undefined {
  const recorded = readIdentity(state.holder);
  return recorded !== undefined && isAlive(recorded) && isElsewhere(recorded.pid) ? recorded : findUnrecorded(state);
}

/** The holder that was started when a kill came before its record, or whose record was lost. */
function findUnrecorded(state: StateDirectory): ProcessIdentity | undefined {
  return processesThat((pid) => programOf(pid) === 'sleep' && environmentOf(pid).includes(`${HOLDER_OF}=${state.path}`) && isElsewhere(pid))[0];
}

function isElsewhere(pid: number): boolean {
  const [net, mnt] = [namespaceOf(pid, 'net'), namespaceOf(pid, 'mnt')];
  return net !== undefined && mnt !== undefined && net !== namespaceOf('self', 'net') && mnt !== namespaceOf('self', 'mnt');
}

function hostHeldBy(holder: ProcessIdentity): Host {
  return hostEnteredBy(['nsenter', `--net=/proc/${holder.pid}/ns/net`, `--mount=/proc/${holder.pid}/ns/mnt`, '--']);
}

async function startHolder(state: StateDirectory): Promise<ProcessIdentity> {
  const child = spawn('unshare', ['--net', '--mount', '--propagation', 'private', '--', 'sleep', 'infinity'], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: '/',
    env: { PATH: process.env['PATH'], [HOLDER_OF]: state.path },
  });
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    const said: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
    child.once('close', () => reject(new Error(`a network namespace cannot be made here: ${Buffer.concat(said).toString().trim()}`)));
  });
  failed.catch(() => undefined);
  await Promise.race([failed, untilUnshared(child)]);
  child.removeAllListeners();
  child.stderr.destroy();
  child.unref();
  const holder = identify(child.pid ?? -1);
  if (holder === undefined) throw new Error('the holder of the private host ended at once');
  return holder;
}

async function untilUnshared(child: { readonly pid?: number | undefined }): Promise<void> {
  for (let attempt = 0; attempt < 6000; attempt++) {
    if (child.pid !== undefined && isElsewhere(child.pid) && programOf(child.pid) === 'sleep') return;
    await sleep(5);
  }
  throw new Error('the holder of the private host did not get ready within 30 s');
}

/** The names under which the private mounts appear in the mount table: how a half-made host is told from a whole one. */
const MOUNTS = [
  // Shows this namespace's devices; the inherited one shows the machine's.
  { source: 'neutrino-sys', type: 'sysfs', target: '/sys' },
  { source: 'neutrino-netns', type: 'tmpfs', target: '/run/netns' },
] as const;

/** Reads what is there from the holder's /proc, which costs no process: a start on a host that is whole makes one. */
async function prepare(host: Host, { pid }: ProcessIdentity): Promise<void> {
  const mounted = readFileSync(`/proc/${pid}/mounts`, 'utf8');
  for (const { source, type, target } of MOUNTS) {
    if (mounted.includes(`${source} ${target} `)) continue;
    await host.run(['mkdir', '-p', target]);
    await host.run(['mount', '-t', type, source, target]);
  }
  const links = readFileSync(`/proc/${pid}/net/dev`, 'utf8');
  const batch = ['link set lo up'];
  for (const device of ['underlay0', PROVIDER_INTERFACE]) {
    if (!new RegExp(`^ *${device}:`, 'm').test(links)) batch.push(`link add ${device} type veth peer name ${device}-far`);
    batch.push(`link set ${device} up`, `link set ${device}-far up`);
  }
  batch.push(`address replace ${UNDERLAY_ADDRESS}/24 dev underlay0`);
  await host.run(['ip', '-batch', '-'], { input: `${batch.join('\n')}\n` });
  // An address of this host is no neighbour on the provider's network, to which the instances of a flat network belong.
  await host.run(['tee', ...['arp_ignore', 'rp_filter'].map((name) => `/proc/sys/net/ipv4/conf/all/${name}`)] as [string, ...string[]], { input: '1' });
}

/** Every process in the host's network namespace, its mount namespace, or a namespace named in its /run/netns. */
async function inhabitants(host: Host, holder: ProcessIdentity): Promise<readonly ProcessIdentity[]> {
  const { stdout } = await host.run(['ip', 'netns', 'list'], { accept: [1] });
  const names = stdout.split('\n').map((line) => line.split(' ')[0] ?? '').filter(Boolean);
  const nets = new Set([namespaceOf(holder.pid, 'net')]);
  for (const name of names) nets.add(await namedNamespace(host, name));
  const mount = namespaceOf(holder.pid, 'mnt');
  // Namespaces that cannot be read are no one's: those of a process that is gone would be those of all that are going.
  nets.delete(undefined);
  return processesThat((pid) => nets.has(namespaceOf(pid, 'net')) || (mount !== undefined && namespaceOf(pid, 'mnt') === mount));
}

function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`).split('/').at(-1) ?? '';
  } catch {
    return '';
  }
}
