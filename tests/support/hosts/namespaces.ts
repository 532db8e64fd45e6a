import { hostEnteredBy, type Host } from '@neutrino/allinone/host/host';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openCgroup } from './own-cgroup.ts';
import { ownGroup } from './own-group.ts';
import { processBehind } from './process-behind.ts';

/**
 * A Linux machine in namespaces: network, mounts, processes and host name are its own, and so are its `/etc`, `/var`,
 * `/run`, `/sys` and `/proc`. It starts with what this machine has in `/etc` and `/var`; what it writes there is kept in
 * memory, and nobody else sees it. Everything else of the file system is this machine's.
 */
export interface Namespaces extends Host, AsyncDisposable {
  readonly name: string;
  /** Of its first process, as this process sees it. */
  readonly pid: number;
  /** Where this process finds a file of its: `readFileSync(host.path('/var/log/neutron/server.log'))`. */
  path(file: string): string;
  /** Cuts the power: every process inside is killed, and everything that they made in the kernel goes. */
  powerOff(): Promise<void>;
}

// A first process reaps what others leave behind: one that ignores SIGCHLD has the kernel do so.
const BOOT = `set -e
hostname "$0"
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=755 tmpfs /mnt
for folder in etc var; do
  mkdir -p /mnt/$folder /mnt/$folder.work
  mount -t overlay -o "lowerdir=/$folder,upperdir=/mnt/$folder,workdir=/mnt/$folder.work" overlay /$folder
done
umount -l /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p -m 755 /run/netns
mkdir -p -m 1777 /run/lock
echo "$0" >/etc/hostname
ip link set lo up
`;

const SLEEP = `echo booted
exec env --ignore-signal=CHLD sleep infinity >/dev/null 2>&1`;

/**
 * systemd knows the units of /etc/systemd/system alone, and there are none but the few that every unit stands on: what a machine starts
 * with (which cleans /tmp, for one) is not for a host that shares file systems with the machine.
 */
const SYSTEMD = `mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=1777 tmpfs /tmp
rm -rf /etc/systemd/system
mkdir -p /etc/systemd/system
for target in sysinit basic multi-user network-online shutdown umount local-fs sockets paths timers slices; do
  printf '[Unit]\\nDescription=%s\\nDefaultDependencies=no\\n' $target >/etc/systemd/system/$target.target
done
echo booted
exec env -i container=neutrino SYSTEMD_UNIT_PATH=/etc/systemd/system PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=multi-user.target --log-target=null >/dev/null 2>&1`;

export interface NamespacesOptions {
  /** The first process: one that only sleeps (the default), or systemd, where the machine has it. */
  readonly init?: 'sleep' | 'systemd';
}

/** Takes some 100 ms. It ends with this process, however that ends. Needs `requires(hostNamespaces)`. */
export async function openNamespaces(name: string, { init = 'sleep' }: NamespacesOptions = {}): Promise<Namespaces> {
  const cgroup = init === 'systemd' ? openCgroup(name) : undefined;
  const enterGroup = cgroup === undefined ? [] : ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', cgroup.path];
  const kinds = ['--net', '--mount', '--uts', '--pid', ...(cgroup === undefined ? [] : ['--cgroup', '--ipc'])];
  // setpriv: should this process be killed, so is unshare, and with it the first process and so all of them.
  const holder = spawn('setpriv', ['--pdeathsig', 'KILL', ...enterGroup, 'unshare', ...kinds, '--fork', '--kill-child', '--', 'bash', '-c', `${BOOT}${init === 'systemd' ? SYSTEMD : SLEEP}`, name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  });
  const isOver = (): boolean => holder.exitCode !== null || holder.signalCode !== null;
  let errors = '';
  holder.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')]);
  if (isOver()) throw new Error(`the host ${name} cannot be made: ${errors}`);
  const pid = await processBehind(holder);
  if (pid === undefined) throw new Error(`the host ${name} ended as soon as it was made: ${errors}`);
  const first = ownGroup(pid);
  const powerOff = async (): Promise<void> => {
    if (isOver()) return;
    const ended = once(holder, 'exit');
    first.signal('SIGKILL');
    await ended;
    cgroup?.[Symbol.dispose]();
  };
  return {
    ...hostEnteredBy(['nsenter', `--target=${pid}`, '--net', '--mount', '--uts', '--pid', '--', 'setpriv', '--pdeathsig', 'KILL', '--']),
    name,
    pid,
    path: (file) => `/proc/${pid}/root${file}`,
    powerOff,
    [Symbol.asyncDispose]: powerOff,
  };
}
