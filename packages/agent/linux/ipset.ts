import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { CommandFailed, run } from '../privileged/run.ts';

export interface SavedIpset {
  readonly type: string;
  readonly family: EtherType;
  readonly maxElements: number;
  readonly members: ReadonlySet<string>;
}

export async function readIpsets(): Promise<ReadonlyMap<string, SavedIpset>> {
  return parseIpsets((await run(['ipset', 'save'])).stdout);
}

/** Reads what `ipset save` prints. */
export function parseIpsets(text: string): ReadonlyMap<string, SavedIpset> {
  const sets = new Map<string, SavedIpset & { readonly members: Set<string> }>();
  for (const line of text.split('\n')) {
    const [verb, name, value, ...options] = line.split(' ');
    if (name === undefined || value === undefined) continue;
    if (verb === 'create') {
      const option = (key: string): string | undefined => options[options.indexOf(key) + 1];
      sets.set(name, {
        type: value,
        family: option('family') === 'inet6' ? 'IPv6' : 'IPv4',
        maxElements: Number(options.includes('maxelem') ? option('maxelem') : 0),
        members: new Set(),
      });
    } else if (verb === 'add') {
      sets.get(name)?.members.add(value);
    }
  }
  return sets;
}

/** Applies lines of `ipset restore`; those before one that fails stay applied. What is there already is no failure. */
export async function restoreIpsets(lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await run(['ipset', 'restore', '-exist'], { input: `${lines.join('\n')}\n` });
}

/** Removes a set, unless something still refers to it. */
export async function destroyIpset(name: string): Promise<void> {
  try {
    await run(['ipset', 'destroy', name]);
  } catch (error) {
    // Gone already; or in use for the moment in which the kernel drops the last rule, and then the next pass removes it.
    if (!(error instanceof CommandFailed)) throw error;
  }
}
