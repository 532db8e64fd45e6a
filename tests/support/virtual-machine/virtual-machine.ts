import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';
import { debianKernel } from './debian-kernel.ts';
import { initramfs } from './initramfs.ts';

export interface GuestOptions {
  /** Default 1024. */
  readonly memoryMb?: number;
  /** From the start of the machine. Default five minutes. */
  readonly timeoutMs?: number;
  /** Environment of the program besides PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder in which it runs. Default: the caller's. */
  readonly cwd?: string;
}

export interface GuestResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a program to its end in a virtual machine of its own with Debian's kernel, for what the machine's own kernel lacks.
 * The root is this machine's; what is written there is lost with the guest. Devices: the loopback only.
 * Everything is emulated: starting takes five seconds, a process 50 ms. Rejects where the guest does not come to the program's end.
 * Needs `requires(virtualMachine)`.
 */
export async function runInVirtualMachine(argv: readonly string[], options: GuestOptions = {}): Promise<GuestResult> {
  const kernel = debianKernel();
  using directory = temporaryDirectory();
  const results = directory.path;
  const env = Object.entries(options.env ?? {}).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  writeFileSync(join(results, 'command'), `cd ${quote(options.cwd ?? process.cwd())}\n${env.join('')}exec ${argv.map(quote).join(' ')}\n`);
  copyFileSync(join(import.meta.dirname, 'inside.sh'), join(results, 'inside.sh'));
  const start = initramfs(kernel, {
    init: readFileSync(join(import.meta.dirname, 'init.sh'), 'utf8'), modules: ['virtio_pci', '9pnet_virtio', '9p', 'overlay'],
  });
  const guest = spawn('setpriv', [
    '--pdeathsig', 'KILL', 'qemu-system-x86_64', '-nodefaults', '-no-reboot', '-display', 'none', '-serial', 'stdio',
    // One processor: more, emulated on a machine that is busy, wait for each other.
    '-accel', 'tcg,tb-size=256', '-cpu', 'max', '-smp', '1', '-m', String(options.memoryMb ?? 1024),
    '-kernel', kernel.image, '-initrd', start,
    '-append', `console=ttyS0 quiet reboot=t panic=-1 mitigations=off random.trust_cpu=1 net.ifnames=0 results=${results} modules=${join(kernel.root, 'lib/modules')}`,
    '-fsdev', 'local,id=machine,path=/,security_model=none,readonly=on,multidevs=remap', '-device', 'virtio-9p-pci,fsdev=machine,mount_tag=machine',
    '-fsdev', `local,id=results,path=${results},security_model=none`, '-device', 'virtio-9p-pci,fsdev=results,mount_tag=results',
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let console = '';
  const collect = (chunk: Buffer): void => void (console += chunk.toString());
  guest.stdout.on('data', collect);
  guest.stderr.on('data', collect);
  const timeoutMs = options.timeoutMs ?? 300_000;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    guest.kill('SIGKILL');
  }, timeoutMs);
  await once(guest, 'close');
  clearTimeout(timer);
  const read = (name: string): string => readIfPresent(join(results, name));
  const status = read('status').trim();
  if (status === '') {
    throw new Error(`${argv.join(' ')}: the guest ${late ? `was not done after ${timeoutMs / 1000} s` : 'died'}:\n${[console, read('stdout'), read('stderr')].map((text) => text.slice(-4000)).join('\n')}`);
  }
  return { status: Number(status), stdout: read('stdout'), stderr: read('stderr') };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
