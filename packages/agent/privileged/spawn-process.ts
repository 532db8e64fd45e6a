import { Socket } from 'node:net';
import { close, libc } from './libc.ts';
import { errorOf, inNamespace, systemError } from './network-namespace.ts';

/**
 * Programs are started by posix_spawn(3), whose child borrows this process's memory until it runs the program. Node's own way copies the
 * page tables of a process with a JavaScript heap: 4 ms of an agent's one thread for each program, ten times as much.
 */
export interface SpawnedProcess {
  readonly pid: number;
  readonly stdin: Socket;
  readonly stdout: Socket;
  readonly stderr: Socket;
  /** To be called once, when the output has ended: the exit code, or null where a signal ended it. */
  readonly wait: () => Promise<number | null>;
}

export interface SpawnOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The named network namespace that it starts in; its mounts are those of this process. */
  readonly netns: string | undefined;
}

/** Starts a program found in PATH. Throws an error with `code` where that is not possible: ENOENT, EACCES … */
export function spawnProcess([program, ...args]: readonly [string, ...string[]], { env, netns }: SpawnOptions): SpawnedProcess {
  const opened: number[] = [];
  try {
    const [input, output, errors] = [openPipe(opened), openPipe(opened), openPipe(opened)] as const;
    const environment = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]));
    const start = (): number => spawnWith([input.read, output.write, errors.write], program, [program, ...args], environment);
    const pid = netns === undefined ? start() : inNamespace(netns, start);
    for (const fd of [input.read, output.write, errors.write]) close(fd);
    opened.length = 0;
    return {
      pid,
      stdin: new Socket({ fd: input.write, readable: false, writable: true }),
      stdout: new Socket({ fd: output.read, readable: true, writable: false }),
      stderr: new Socket({ fd: errors.read, readable: true, writable: false }),
      wait: () => waitFor(pid),
    };
  } catch (error) {
    for (const fd of opened) close(fd);
    throw error;
  }
}

const pipe2 = libc.func('int pipe2(_Out_ int *ends, int flags)') as (ends: number[], flags: number) => number;
const actionsInit = libc.func('int posix_spawn_file_actions_init(void *actions)') as (actions: Uint8Array) => number;
const actionsDestroy = libc.func('int posix_spawn_file_actions_destroy(void *actions)') as (actions: Uint8Array) => number;
const actionsDup2 = libc.func('int posix_spawn_file_actions_adddup2(void *actions, int fd, int target)') as (actions: Uint8Array, fd: number, target: number) => number;
const attributesInit = libc.func('int posix_spawnattr_init(void *attributes)') as (attributes: Uint8Array) => number;
const attributesSetFlags = libc.func('int posix_spawnattr_setflags(void *attributes, short flags)') as (attributes: Uint8Array, flags: number) => number;
const attributesSetDefault = libc.func('int posix_spawnattr_setsigdefault(void *attributes, const void *signals)') as (attributes: Uint8Array, signals: Uint8Array) => number;
const fillSignals = libc.func('int sigfillset(void *signals)') as (signals: Uint8Array) => number;
const posixSpawn = libc.func(
  'int posix_spawnp(_Out_ int *pid, const char *file, const void *actions, const void *attributes, const char **argv, const char **env)',
) as (pid: number[], file: string, actions: Uint8Array, attributes: Uint8Array, argv: readonly (string | null)[], env: readonly (string | null)[]) => number;
const waitpid = libc.func('int waitpid(int pid, _Out_ int *status, int options)') as unknown as {
  readonly async: (pid: number, status: number[], options: number, done: (error: Error | null, result: number) => void) => void;
};

const O_CLOEXEC = 0o2000000;
/** Of the C library's own types: larger than any of them is. */
const STRUCT_BYTES = 512;
const POSIX_SPAWN_SETSIGDEF = 4;
const POSIX_SPAWN_SETSIGMASK = 8;

function openPipe(opened: number[]): { readonly read: number; readonly write: number } {
  const ends = [-1, -1];
  if (pipe2(ends, O_CLOEXEC) !== 0) throw systemError('make a pipe');
  opened.push(...ends);
  const [read = -1, write = -1] = ends;
  return { read, write };
}

/** Signals are handled in their default ways and none is blocked (the mask is empty as the attributes begin), whatever Node has set here. */
let attributes: Uint8Array | undefined;

function spawnAttributes(): Uint8Array {
  if (attributes !== undefined) return attributes;
  const signals = new Uint8Array(STRUCT_BYTES);
  fillSignals(signals);
  attributes = new Uint8Array(STRUCT_BYTES);
  attributesInit(attributes);
  attributesSetDefault(attributes, signals);
  attributesSetFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  return attributes;
}

function spawnWith(streams: readonly number[], program: string, argv: readonly string[], env: readonly string[]): number {
  const actions = new Uint8Array(STRUCT_BYTES);
  actionsInit(actions);
  try {
    for (const [target, fd] of streams.entries()) actionsDup2(actions, fd, target);
    const pid = [-1];
    // It returns the error's number instead of setting errno.
    const failure = posixSpawn(pid, program, actions, spawnAttributes(), [...argv, null], [...env, null]);
    if (failure !== 0) throw errorOf(failure, `start ${program}`);
    return pid[0] ?? -1;
  } finally {
    actionsDestroy(actions);
  }
}

/** A process ends some time after its output has; a thread waits for that. */
function waitFor(pid: number): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const status = [0];
    waitpid.async(pid, status, 0, (error, result) => {
      const [value = 0] = status;
      if (error !== null || result !== pid) reject(error ?? new Error(`process ${pid} has been waited for by somebody else`));
      // See wait(2): the low seven bits are the signal, the next byte is the exit code.
      else resolve((value & 0x7f) === 0 ? (value >> 8) & 0xff : null);
    });
  });
}
