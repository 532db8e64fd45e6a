import { readdirSync, readlinkSync } from 'node:fs';
import type { Host } from './host.ts';
import { identify, type ProcessIdentity } from './process-identity.ts';

/** The processes that live in a namespace named on the host, as they were before it was asked where they live: who ends them ends no other. */
export async function inhabitantsOf(host: Host, namespace: string): Promise<readonly ProcessIdentity[]> {
  const network = await namedNamespace(host, namespace);
  return network === undefined ? [] : processesThat((pid) => namespaceOf(pid, 'net') === network);
}

/** As `namespaceOf` gives it; undefined where there is none of that name. */
export async function namedNamespace(host: Host, name: string): Promise<string | undefined> {
  const { code, stdout } = await host.run(['stat', '-L', '-c', '%i', `/run/netns/${name}`], { accept: [1] });
  return code === 0 ? `net:[${stdout.trim()}]` : undefined;
}

/** Of each the identity is taken first: where another process gets its number while it is looked at, the identity is that of none. */
export function processesThat(isOne: (pid: number) => boolean): readonly ProcessIdentity[] {
  const found: ProcessIdentity[] = [];
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isInteger)) {
    const identity = identify(pid);
    if (identity !== undefined && isOne(pid)) found.push(identity);
  }
  return found;
}

/** Undefined for a process that is gone, or is none of this one's business. */
export function namespaceOf(pid: number | 'self', kind: 'net' | 'mnt'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
}
