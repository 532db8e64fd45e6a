import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';
import { libc } from './libc.ts';

const CLONE_NEWNET = 0x40000000;
const setns = libc.func('int setns(int fd, int nstype)') as (fd: number, type: number) => number;

/** The file that `ip netns add NAME` pins the namespace with. */
export function namespacePath(name: string): string {
  return `/run/netns/${name}`;
}

/**
 * Runs `action` with this thread inside the named network namespace and comes back. `action` must be
 * synchronous from beginning to end: a callback or promise that it leaves behind runs outside.
 *
 * setns(2) moves the calling thread only. Where the way back fails the process ends at once, because
 * everything it did from then on would act on the wrong network.
 */
export function inNamespace<T>(name: string, action: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  try {
    const inside = openSync(namespacePath(name), 'r');
    try {
      if (setns(inside, CLONE_NEWNET) !== 0) throw systemError(`enter network namespace ${name}`);
    } finally {
      closeSync(inside);
    }
    try {
      return action();
    } finally {
      if (setns(home, CLONE_NEWNET) !== 0) process.abort();
    }
  } finally {
    closeSync(home);
  }
}

/** An Error for the system call that has just failed, with `code` as Node's own errors have it. */
export function systemError(what: string): NodeJS.ErrnoException {
  return errorOf(koffi.errno(), what);
}

/** The same for a call that returned the number of its error. */
export function errorOf(errno: number, what: string): NodeJS.ErrnoException {
  const code = Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return Object.assign(new Error(`cannot ${what}: ${code}`), { code, errno });
}
