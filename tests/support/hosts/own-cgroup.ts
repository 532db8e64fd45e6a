import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

/** Followed by the id of the process that made it. */
const PREFIX = 'neutrino-lab-';

/** Where the machine has its tree of version 2; undefined where it has none. */
function unifiedTree(): string | undefined {
  return /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/self/mounts', 'utf8'))?.[1];
}

/** A group of processes for a host whose first process is systemd, which makes groups of its own below. */
export function openCgroup(name: string): Disposable & { readonly path: string } {
  const tree = unifiedTree();
  if (tree === undefined) throw new Error('this machine has no cgroups of version 2');
  for (const left of readdirSync(tree)) {
    const owner = left.startsWith(PREFIX) ? /^\d+/.exec(left.slice(PREFIX.length))?.[0] : undefined;
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) removeTree(join(tree, left));
  }
  const path = join(tree, `${PREFIX}${process.pid}-${name}`);
  mkdirSync(path);
  return { path, [Symbol.dispose]: () => removeTree(path) };
}

/** What still holds a process stays, for the next one to remove. */
function removeTree(path: string): void {
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeTree(join(path, entry.name));
    rmdirSync(path);
  } catch {
    // Busy.
  }
}
