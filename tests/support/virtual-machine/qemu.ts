import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { DebianKernel } from './debian-kernel.ts';

export interface QemuOptions {
  readonly kernel: DebianKernel;
  readonly initramfs: string;
  /** Words for the kernel and the initramfs' script. */
  readonly append: readonly string[];
  /** A folder that the guest may write to; it has the tag `results`. The whole machine is `machine`, read-only. */
  readonly results: string;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** Further devices. */
  readonly devices?: readonly string[];
}

export interface QemuOutcome {
  /** What the kernel and the first processes printed. */
  readonly console: string;
  /** It was ended by force. */
  readonly late: boolean;
}

/** Runs an emulated machine until it is switched off. It does not outlive this process. */
export async function runQemu({ kernel, initramfs, append, results, memoryMb, timeoutMs, devices = [] }: QemuOptions): Promise<QemuOutcome> {
  const guest = spawn('setpriv', [
    '--pdeathsig', 'KILL', 'qemu-system-x86_64', '-nodefaults', '-no-reboot', '-display', 'none', '-serial', 'stdio',
    // One processor: more, emulated on a machine that is busy, wait for each other.
    '-accel', 'tcg,tb-size=256', '-cpu', 'max', '-smp', '1', '-m', String(memoryMb),
    '-kernel', kernel.image, '-initrd', initramfs,
    '-append', ['console=ttyS0', 'quiet', 'reboot=t', 'panic=-1', 'mitigations=off', 'random.trust_cpu=1', 'net.ifnames=0', ...append].join(' '),
    '-fsdev', 'local,id=machine,path=/,security_model=none,readonly=on,multidevs=remap', '-device', 'virtio-9p-pci,fsdev=machine,mount_tag=machine',
    '-fsdev', `local,id=results,path=${results},security_model=none`, '-device', 'virtio-9p-pci,fsdev=results,mount_tag=results',
    ...devices,
  ], { stdio: ['ignore', 'pipe', 'pipe'] });
  let console = '';
  const collect = (chunk: Buffer): void => void (console += chunk.toString());
  guest.stdout.on('data', collect);
  guest.stderr.on('data', collect);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    guest.kill('SIGKILL');
  }, timeoutMs);
  await once(guest, 'close');
  clearTimeout(timer);
  return { console, late };
}
