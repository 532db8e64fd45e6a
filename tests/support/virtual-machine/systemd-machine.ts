import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../temporary-directory.ts';
import { debianKernel } from './debian-kernel.ts';
import { follow } from './follow.ts';
import { readResult, writeCommand, type GuestResult } from './guest-command.ts';
import { initramfs } from './initramfs.ts';
import { runQemu } from './qemu.ts';

const project = join(import.meta.dirname, '../../..');

export interface SystemdMachineOptions {
  readonly name: string;
  /** Of its eth0, in a /24. Nothing else is on that wire. */
  readonly address: string;
  /** Lines of its /etc/hosts besides those of the loopback. */
  readonly hosts: readonly string[];
  /** Default 1024. */
  readonly memoryMb?: number;
}

export interface BootOptions {
  /** From the start of the machine to its end. Default five minutes. */
  readonly timeoutMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Told each line that the program prints, when it prints it. */
  readonly onLine?: (line: string) => void;
}

/**
 * A virtual machine with systemd as its first process, and a disk: what a boot wrote is there at the next. Below that, its root is
 * this machine's, read-only, without what this machine starts; this project is in /opt/neutrino.
 * Needs `requires(virtualMachine, command('mkfs.ext4'))`.
 */
export interface SystemdMachine extends Disposable {
  /** Boots, runs the program when `multi-user.target` is there, and switches the machine off in good order. Takes 15 s without the program. */
  boot(argv: readonly string[], options?: BootOptions): Promise<GuestResult>;
}

export function openSystemdMachine({ name, address, hosts, memoryMb = 1024 }: SystemdMachineOptions): SystemdMachine {
  const kernel = debianKernel();
  const directory = temporaryDirectory();
  const disk = join(directory.path, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, 8 * 2 ** 30);
  execFileSync('mkfs.ext4', ['-q', '-E', 'lazy_itable_init=1,lazy_journal_init=1', disk], { stdio: ['ignore', 'ignore', 'pipe'] });
  return {
    async boot(argv, { timeoutMs = 300_000, env = {}, onLine = () => undefined } = {}) {
      const results = mkdtempSync(join(directory.path, 'boot-'));
      writeCommand(results, { argv, cwd: '/opt/neutrino', env });
      writeFileSync(join(results, 'settings'), [`project='${project}'`, `name='${name}'`, `address='${address}'`, `hosts='127.0.0.1 localhost\n${hosts.join('\n')}'`].join('\n'));
      copyFileSync(join(import.meta.dirname, 'inside-systemd.sh'), join(results, 'inside.sh'));
      using _ = follow(join(results, 'stdout'), onLine);
      const outcome = await runQemu({
        kernel, results, memoryMb, timeoutMs,
        initramfs: initramfs(kernel, {
          init: readFileSync(join(import.meta.dirname, 'init.sh'), 'utf8'),
          modules: ['virtio_pci', '9pnet_virtio', '9p', 'overlay', 'virtio_blk', 'ext4', 'virtio_net'],
        }),
        append: [`results=${results}`, `modules=${join(kernel.root, 'lib/modules')}`, 'disk=/dev/vda', 'systemd.show_status=no'],
        devices: [
          '-drive', `if=none,id=disk,file=${disk},format=raw,cache=unsafe,discard=unmap`, '-device', 'virtio-blk-pci,drive=disk',
          '-netdev', 'hubport,id=wire,hubid=0', '-device', 'virtio-net-pci,netdev=wire,mac=52:54:00:00:00:0b,romfile=',
        ],
      });
      return readResult(results, { argv }, outcome, timeoutMs);
    },
    [Symbol.dispose]: () => directory[Symbol.dispose](),
  };
}
