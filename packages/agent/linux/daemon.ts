import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A program of ours that is running. It is its own session, so it outlives the agent. */
export interface RunningDaemon {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Identity of the network namespace that it is in. */
  readonly namespaceInode: bigint;
}

/** How a daemon is known among the processes. */
export interface DaemonTraits {
  /** Its name, or that of the script that it is. */
  readonly program: string;
  /** An argument that no other has. */
  readonly argument: string;
  readonly pidFile: string;
}

const TERMINATION_MS = 5_000;

/**
 * The running daemon with these traits. The number in the file is only a hint: it may
 * belong to another process by now, or the file may be lost while the daemon runs.
 */
export function findDaemon(traits: DaemonTraits): RunningDaemon | undefined {
  const hint = Number.parseInt(readText(traits.pidFile) ?? '', 10);
  const hinted = Number.isSafeInteger(hint) ? inspect(hint, traits) : undefined;
  if (hinted !== undefined) return hinted;
  for (const entry of readdirSync('/proc')) {
    const found = /^\d+$/.test(entry) ? inspect(Number(entry), traits) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether this very process is still running. */
export function isRunning(daemon: RunningDaemon): boolean {
  const argv = commandLine(daemon.pid);
  return argv !== undefined && argv.join('\0') === daemon.argv.join('\0');
}

/** Makes it read its files again. */
export function reloadDaemon(daemon: RunningDaemon): void {
  if (isRunning(daemon)) send(daemon, 'SIGHUP');
}

export async function stopDaemon(daemon: RunningDaemon, signals: readonly ('SIGTERM' | 'SIGKILL')[] = ['SIGTERM', 'SIGKILL']): Promise<void> {
  for (const signal of signals) {
    const deadline = performance.now() + TERMINATION_MS;
    if (!isRunning(daemon)) return;
    send(daemon, signal);
    while (performance.now() < deadline) {
      if (!isRunning(daemon)) return;
      await delay(10);
    }
  }
  throw new Error(`process ${daemon.pid} (${daemon.argv[0] ?? ''}) does not end`);
}

function send({ pid }: RunningDaemon, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in this very moment.
  }
}

function inspect(pid: number, { program, argument }: DaemonTraits): RunningDaemon | undefined {
  const argv = commandLine(pid);
  // A script comes after its interpreter.
  const names = (argv ?? []).slice(0, 2).map((name) => name.slice(name.lastIndexOf('/') + 1));
  if (argv === undefined || !names.includes(program) || !argv.includes(argument)) return undefined;
  try {
    return { pid, argv, namespaceInode: statSync(`/proc/${pid}/ns/net`, { bigint: true }).ino };
  } catch {
    // It ended between the two looks.
    return undefined;
  }
}

/** A process that is gone has none, and a zombie an empty one. */
function commandLine(pid: number): readonly string[] | undefined {
  const text = readText(`/proc/${pid}/cmdline`);
  return text === undefined || text === '' ? undefined : text.replace(/\0$/, '').split('\0');
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
