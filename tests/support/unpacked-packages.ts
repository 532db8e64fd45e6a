import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface WantedPackages {
  /** What they are together, for the cache's folder. */
  readonly name: string;
  readonly packages: readonly string[];
  /** What they depend on by their declaration, but not for what they are wanted for. */
  readonly without: RegExp;
}

/**
 * Debian's packages with all that they need and this machine has not, downloaded and unpacked but not installed: the machine stays as it
 * is. Returns the folder that has their `usr` and `etc`, kept in the user's cache. Throws, with the reason for people, where they cannot be had.
 */
export function unpackedPackages(wanted: WantedPackages): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'neutrino-tests');
  const root = join(cache, `${wanted.name}-${createHash('sha256').update(JSON.stringify([wanted.packages, wanted.without.source])).digest('hex').slice(0, 8)}`);
  if (existsSync(root)) return root;
  mkdirSync(cache, { recursive: true });
  const { status, stderr } = spawnSync('flock', [`${root}.lock`, process.execPath, import.meta.filename, root, JSON.stringify({ ...wanted, without: wanted.without.source })], {
    stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', timeout: 900_000,
  });
  if (!existsSync(root)) throw new Error(`Debian's packages of ${wanted.name} cannot be had here: ${stderr.trim() || `status ${status}`}`);
  return root;
}

function fetchInto(root: string, { packages, without }: { readonly packages: readonly string[]; readonly without: string }): void {
  if (existsSync(root)) return;
  const work = mkdtempSync(`${root}.`);
  const apt = (...args: readonly string[]): string => execFileSync('apt-get', ['-q', ...args], { cwd: work, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 2 ** 26 });
  try {
    const download = (): void => void apt('download', ...missing(apt('install', '--simulate', '--no-install-recommends', ...packages), new RegExp(without)));
    try {
      download();
    } catch {
      // Lists that are old name packages that are gone.
      apt('update');
      download();
    }
    const unpacked = join(work, 'root');
    for (const file of readdirSync(work).filter((name) => name.endsWith('.deb'))) execFileSync('dpkg-deb', ['-x', join(work, file), unpacked]);
    // They are to lie over a /usr to which /bin, /lib and /sbin are links.
    for (const folder of ['bin', 'lib', 'sbin'].filter((name) => existsSync(join(unpacked, name)))) {
      execFileSync('cp', ['-a', join(unpacked, folder), join(unpacked, 'usr')]);
      rmSync(join(unpacked, folder), { recursive: true });
    }
    // As installing does. Without it each start of a program would compile them.
    spawnSync('/usr/bin/python3', ['-m', 'compileall', '-q', '-j', '2', '-s', unpacked, join(unpacked, 'usr/lib/python3/dist-packages')], { stdio: 'ignore' });
    writeFileSync(join(unpacked, 'whole'), '');
    renameSync(unpacked, root);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** "Inst python3-nova (2:26.2.2 …)" is to be installed; with "[…]" after the name it is there in another version. */
function missing(simulation: string, without: RegExp): readonly string[] {
  return [...simulation.matchAll(/^Inst (\S+) \(/gm)].map(([, name = '']) => name).filter((name) => !without.test(name));
}

if (process.argv[1] === import.meta.filename) {
  try {
    fetchInto(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '{}') as { packages: readonly string[]; without: string });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
