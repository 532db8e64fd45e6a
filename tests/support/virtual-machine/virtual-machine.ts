import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';
import { debianKernel } from './debian-kernel.ts';
import { readResult, writeCommand, type GuestResult } from './guest-command.ts';
import { initramfs } from './initramfs.ts';
import { runQemu } from './qemu.ts';

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

/**
 * Runs a program to its end in a virtual machine of its own with Debian's kernel, for what the machine's own kernel lacks.
 * The root is this machine's; what is written there is lost with the guest. Devices: the loopback only.
 * Everything is emulated: starting takes five seconds, a process 50 ms. Rejects where the guest does not come to the program's end.
 * Needs `requires(virtualMachine)`.
 */
export async function runInVirtualMachine(argv: readonly string[], { memoryMb = 1024, timeoutMs = 300_000, env = {}, cwd = process.cwd() }: GuestOptions = {}): Promise<GuestResult> {
  const kernel = debianKernel();
  using directory = temporaryDirectory();
  const results = directory.path;
  writeCommand(results, { argv, cwd, env });
  copyFileSync(join(import.meta.dirname, 'inside.sh'), join(results, 'inside.sh'));
  const outcome = await runQemu({
    kernel, results, memoryMb, timeoutMs,
    initramfs: initramfs(kernel, { init: readFileSync(join(import.meta.dirname, 'init.sh'), 'utf8'), modules: ['virtio_pci', '9pnet_virtio', '9p', 'overlay'] }),
    append: [`results=${results}`, `modules=${join(kernel.root, 'lib/modules')}`],
  });
  return readResult(results, { argv }, outcome, timeoutMs);
}
