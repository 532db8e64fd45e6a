import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findKernel } from './debian-kernel.ts';

/**
 * Downloads and unpacks Debian's kernel into the folder that is its argument. Not meant to run twice at a time for
 * the same folder: the caller holds a lock.
 */
const target = process.argv[2] ?? '';
if (findKernel(target) === undefined) {
  const work = mkdtempSync(join(dirname(target), 'kernel-'));
  try {
    fetchInto(work);
    rmSync(target, { recursive: true, force: true });
    renameSync(join(work, 'kernel'), target);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fetchInto(work: string): void {
  const kernel = join(work, 'kernel');
  download(work);
  const archive = readdirSync(work).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get downloaded no package of a kernel');
  execFileSync('dpkg-deb', ['-x', join(work, archive), kernel]);
  const [version = ''] = readdirSync(join(kernel, 'lib/modules'));
  execFileSync('depmod', ['-b', kernel, version]);
  writeFileSync(join(kernel, 'image'), bootImage(readFileSync(join(kernel, 'boot', `vmlinuz-${version}`))));
  rmSync(join(kernel, 'usr'), { recursive: true, force: true });
  rmSync(join(kernel, 'boot'), { recursive: true, force: true });
  writeFileSync(join(kernel, 'whole'), '');
}

/** The package that the metapackage of the newest kernel depends on. */
function download(work: string): void {
  const apt = (program: string, ...args: readonly string[]): string =>
    execFileSync(program, args, { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const newest = (): string => {
    const text = apt('apt-cache', 'depends', 'linux-image-amd64');
    const name = /^ *Depends: (linux-image-\d\S*)$/m.exec(text)?.[1];
    if (name === undefined) throw new Error('no package of a kernel is known to apt-get');
    return name;
  };
  try {
    apt('apt-get', '-q', 'download', newest());
  } catch {
    // Lists that are old name packages that are gone.
    apt('apt-get', '-q', 'update');
    apt('apt-get', '-q', 'download', newest());
  }
}

/** The kernel proper, where it can be taken out of its wrapping: unpacking itself takes an emulated processor seconds. */
function bootImage(wrapped: Buffer): Buffer {
  const xz = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]);
  for (let at = wrapped.indexOf(xz); at >= 0; at = wrapped.indexOf(xz, at + 1)) {
    const { stdout } = spawnSync('xz', ['-dc', '--single-stream'], { input: wrapped.subarray(at), maxBuffer: 2 ** 28 });
    if (stdout.subarray(1, 4).toString() === 'ELF') return stdout;
  }
  return wrapped;
}
