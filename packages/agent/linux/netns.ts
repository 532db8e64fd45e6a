import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { setLinkUp } from '../privileged/change-links.ts';
import { inNamespace, namespacePath } from '../privileged/network-namespace.ts';
import { CommandFailed, run } from '../privileged/run.ts';

/** Whether the named namespace exists; a leftover file that pins nothing does not count. */
export function namespaceExists(name: string): boolean {
  return namespaceInode(name) !== undefined;
}

/** The identity of the namespace: equal to that of `/proc/<pid>/ns/net` of every process inside. */
export function namespaceInode(name: string): bigint | undefined {
  try {
    const pin = statSync(namespacePath(name), { bigint: true });
    // The pin is a bind mount of the namespace; without it only an empty file on another device is left.
    return pin.dev === statSync('/proc/self/ns/net', { bigint: true }).dev ? pin.ino : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Makes the namespace, with its loopback down as the kernel has it; where it exists nothing changes. */
export async function ensureNamespace(name: string): Promise<void> {
  if (namespaceExists(name)) return;
  // What a crash between creating the file and mounting the namespace on it left behind is in the way.
  if (existsSync(namespacePath(name))) await run(['ip', 'netns', 'delete', name], { accept: [1] });
  try {
    await run(['ip', 'netns', 'add', name]);
  } catch (error) {
    if (!(error instanceof CommandFailed && namespaceExists(name))) throw error;
  }
}

export function setLoopbackUp(name: string): void {
  inNamespace(name, () => setLinkUp('lo'));
}

export async function deleteNamespace(name: string): Promise<void> {
  await run(['ip', 'netns', 'delete', name], { accept: [1] });
}

/** The names of this host's namespaces that begin with `prefix`. */
export async function listNamespaces(prefix: string): Promise<readonly string[]> {
  try {
    return (await readdir('/run/netns')).filter((name) => name.startsWith(prefix));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Sets a parameter below `/proc/sys/net` inside the namespace, e.g. `ipv6/conf/default/accept_ra`. */
export function setNamespaceSysctl(name: string, parameter: string, value: string): void {
  inNamespace(name, () => writeFileSync(`/proc/sys/net/${parameter}`, value));
}

/** Values of such parameters; undefined where there is none of the name. */
export function readNamespaceSysctls(name: string, parameters: readonly string[]): ReadonlyMap<string, string | undefined> {
  return inNamespace(name, () => new Map(parameters.map((parameter) => [parameter, readIfPresent(`/proc/sys/net/${parameter}`)])));
}

function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
