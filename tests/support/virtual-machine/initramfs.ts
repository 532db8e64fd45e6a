import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { tmpdir } from 'node:os';
import type { DebianKernel } from './debian-kernel.ts';

export interface InitramfsContents {
  /** A script for busybox's shell, which becomes the guest's first process. It finds `/bin/busybox`, and `/modules/order` names the modules' files in order. */
  readonly init: string;
  /** Modules that the script loads; those that they need come with them. */
  readonly modules: readonly string[];
}

/** Makes the archive with which a guest starts, or finds the one made earlier; returns its path. */
export function initramfs(kernel: DebianKernel, { init, modules }: InitramfsContents): string {
  const busybox = busyboxPath();
  const key = createHash('sha256').update(JSON.stringify([init, modules])).update(readFileSync(busybox)).digest('hex').slice(0, 12);
  const path = join(kernel.root, `initramfs-${key}`);
  if (existsSync(path)) return path;
  const work = mkdtempSync(join(tmpdir(), 'initramfs-'));
  try {
    mkdirSync(join(work, 'bin'));
    mkdirSync(join(work, 'modules'));
    copyFileSync(busybox, join(work, 'bin/busybox'));
    writeFileSync(join(work, 'init'), init, { mode: 0o755 });
    const files = modules.length === 0 ? [] : moduleFiles(kernel, modules);
    for (const file of files) copyFileSync(file, join(work, 'modules', basename(file)));
    writeFileSync(join(work, 'modules/order'), files.map((file) => `${basename(file)}\n`).join(''));
    const list = execFileSync('find', ['.'], { cwd: work });
    const archive = execFileSync('cpio', ['--quiet', '-o', '-H', 'newc'], { cwd: work, input: list, maxBuffer: 2 ** 28 });
    writeFileSync(`${path}.${process.pid}`, archive);
    renameSync(`${path}.${process.pid}`, path);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function busyboxPath(): string {
  const found = ['/usr/bin/busybox', '/bin/busybox'].find((path) => existsSync(path));
  if (found === undefined) throw new Error('busybox is not installed');
  return found;
}

function moduleFiles(kernel: DebianKernel, modules: readonly string[]): readonly string[] {
  const lines = modules.flatMap((name) =>
    execFileSync('modprobe', ['-d', kernel.root, '-S', kernel.version, '--show-depends', name], { encoding: 'utf8' }).split('\n'),
  );
  return [...new Set(lines.flatMap((line) => /^insmod (\S+)/.exec(line)?.[1] ?? []))];
}
