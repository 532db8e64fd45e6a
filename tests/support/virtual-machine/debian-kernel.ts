import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** A kernel with every module that Debian builds, unpacked but not installed. */
export interface DebianKernel {
  /** "6.1.0-56-amd64". */
  readonly version: string;
  /** What `qemu -kernel` takes. */
  readonly image: string;
  /** The folder above `lib/modules/<version>`, as `modprobe -d` takes it. */
  readonly root: string;
}

/**
 * Debian's kernel for the guests of tests, downloaded once and kept in the user's cache. Waits for another process that is
 * fetching it. Throws, with the reason for people, where it cannot be had.
 */
export function debianKernel(): DebianKernel {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'neutrino-tests');
  const root = join(cache, 'debian-kernel');
  const kernel = findKernel(root);
  if (kernel !== undefined) return kernel;
  mkdirSync(cache, { recursive: true });
  const fetcher = join(import.meta.dirname, 'fetch-kernel-process.ts');
  const { status, stderr } = spawnSync('flock', [`${root}.lock`, process.execPath, fetcher, root], {
    stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 600_000,
  });
  const fetched = findKernel(root);
  if (fetched === undefined) throw new Error(`Debian's kernel cannot be had here: ${stderr.trim() || `status ${status}`}`);
  return fetched;
}

/** What the fetcher left; it puts everything in place by one rename. */
export function findKernel(root: string): DebianKernel | undefined {
  try {
    const [version] = readdirSync(join(root, 'lib/modules'));
    const image = join(root, 'image');
    readFileSync(join(root, 'whole'));
    return version === undefined ? undefined : { version, image, root };
  } catch {
    return undefined;
  }
}
