import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { debianKernel } from './virtual-machine/debian-kernel.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why the test did not run here; the summary of `make test` prints it. */
    skipReason?: string;
  }
}

/**
 * A capability of the machine that some tests need. A test that cannot run is skipped loudly:
 *
 *     describe('bridges', requires(root, networkNamespaces), () => { … });
 *     test('a VLAN device is made', requires(linkType('vlan')), async () => { … });
 *
 * The summary of `make test` then lists each of these tests by name and reason.
 */
export interface Capability {
  /** Undefined where the machine has it, else why not, for people: "needs root". */
  missing(): string | undefined;
}

interface Requirement {
  readonly skip?: true;
  readonly meta?: { readonly skipReason: string };
}

/** Options for `describe` or `test`: skips, with the reasons, where a capability is missing. */
export function requires(...capabilities: readonly Capability[]): Requirement {
  const reasons = capabilities.map((capability) => capability.missing()).filter((reason) => reason !== undefined);
  return reasons.length === 0 ? {} : { skip: true, meta: { skipReason: reasons.join('; ') } };
}

/** Asks the machine once, however many tests want to know. */
function once(ask: () => string | undefined): Capability {
  let answer: { readonly reason: string | undefined } | undefined;
  return { missing: () => (answer ??= { reason: ask() }).reason };
}

const succeeds = (program: string, ...args: readonly string[]): boolean => succeedsWith('', program, ...args);

const succeedsWith = (input: string, program: string, ...args: readonly string[]): boolean =>
  spawnSync(program, args, { stdio: ['pipe', 'ignore', 'ignore'], input, timeout: 10_000 }).status === 0;

export const root: Capability = once(() => (process.getuid?.() === 0 ? undefined : 'needs root'));

/** A network and a mount namespace of one's own can be made. */
export const networkNamespaces: Capability = once(() =>
  succeeds('unshare', '--net', '--mount', 'true') ? undefined : 'needs to be allowed to make network and mount namespaces',
);

/** A machine of one's own can be made of namespaces, with its own /etc and /var (`tests/support/hosts`). */
export const hostNamespaces: Capability = once(() =>
  root.missing() ??
  (succeeds('unshare', '--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', 'sh', '-c', 'mount -t proc proc /proc && mount -t tmpfs tmpfs /mnt && mkdir /mnt/a /mnt/b && mount -t overlay -o lowerdir=/etc,upperdir=/mnt/a,workdir=/mnt/b overlay /etc')
    ? undefined
    : 'needs to be allowed to make namespaces and overlay mounts'),
);

/** Such a machine can have systemd as its first process. */
export const systemdHosts: Capability = once(
  () =>
    hostNamespaces.missing() ??
    (existsSync('/lib/systemd/systemd') ? undefined : 'needs systemd') ??
    (/ cgroup2 rw/.test(readFileSync('/proc/self/mounts', 'utf8')) ? undefined : 'needs a tree of cgroups of version 2 that can be written'),
);

/** A program by its name, searched as the system searches it (and in the folders of root). */
export function command(name: string): Capability {
  return once(() => {
    const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
    const found = folders.some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
    return found ? undefined : `needs the program ${name}`;
  });
}

/** The kernel can make links of this type: vlan (8021q), dummy, vxlan … Tried in a namespace of its own. */
export function linkType(type: string): Capability {
  return once(() => {
    const needed: Readonly<Record<string, readonly string[]>> = { vlan: ['id', '7'], vxlan: ['id', '7', 'dstport', '8472'] };
    // Not every device can carry VLANs; the loopback cannot.
    const specific = [...(type === 'vlan' ? ['link', 'pair0'] : []), 'name', 'try0', 'type', type, ...(needed[type] ?? [])];
    const batch = `link add pair0 type veth peer name pair1\nlink add ${specific.join(' ')}\n`;
    return root.missing() ??
      (succeedsWith(batch, 'unshare', '--net', 'ip', '-batch', '-') ? undefined : `needs a kernel with links of type ${type}`);
  });
}

const guestPrograms = ['qemu-system-x86_64', 'busybox', 'cpio', 'modprobe', 'flock'].map(command);

/** `runInVirtualMachine` works here; the first question downloads a kernel, if need be. */
export const virtualMachine: Capability = once(() => {
  if (process.env['NEUTRINO_GUEST'] !== undefined) return 'needs not to be in a virtual machine itself';
  if (process.arch !== 'x64') return 'needs an x86-64 machine for a virtual machine';
  const missing = [root, ...guestPrograms].map((capability) => capability.missing()).find((reason) => reason !== undefined);
  if (missing !== undefined) return `${missing} for a virtual machine`;
  try {
    debianKernel();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
});

/** The number of a user of this machine; undefined where there is none of that name. */
export function userId(name: string): number | undefined {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
