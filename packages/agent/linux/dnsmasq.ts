import { readdirSync, readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../privileged/run.ts';

/** A dnsmasq of ours that is running. It is its own session, so it outlives the agent. */
export interface RunningDnsmasq {
  readonly pid: number;
  readonly argv: readonly string[];
  /** Identity of the network namespace that it is in. */
  readonly namespaceInode: bigint;
}

const TERMINATION_MS = 5_000;

/**
 * The running dnsmasq that was started with this `--pid-file`. The number in the file is only a hint: it may
 * belong to another process by now, or the file may be lost while dnsmasq runs.
 */
export function findDnsmasq(pidFile: string): RunningDnsmasq | undefined {
  const hint = Number.parseInt(readText(pidFile) ?? '', 10);
  const hinted = Number.isSafeInteger(hint) ? inspect(hint, pidFile) : undefined;
  if (hinted !== undefined) return hinted;
  for (const entry of readdirSync('/proc')) {
    const found = /^\d+$/.test(entry) ? inspect(Number(entry), pidFile) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether this very process is still running. */
export function isRunning(dnsmasq: RunningDnsmasq): boolean {
  const argv = commandLine(dnsmasq.pid);
  return argv !== undefined && argv.join('\0') === dnsmasq.argv.join('\0');
}

/** Starts dnsmasq in the namespace; resolves when it serves. It makes itself a daemon and tells start-up errors before. */
export async function startDnsmasq(namespace: string, argv: readonly [string, ...string[]]): Promise<void> {
  await run(argv, { netns: namespace });
}

/** Makes dnsmasq read its hosts and options files again. Leases stay. */
export function reloadDnsmasq(dnsmasq: RunningDnsmasq): void {
  process.kill(dnsmasq.pid, 'SIGHUP');
}

export async function stopDnsmasq(dnsmasq: RunningDnsmasq): Promise<void> {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const deadline = performance.now() + TERMINATION_MS;
    if (!isRunning(dnsmasq)) return;
    process.kill(dnsmasq.pid, signal);
    while (performance.now() < deadline) {
      if (!isRunning(dnsmasq)) return;
      await delay(10);
    }
  }
  throw new Error(`dnsmasq process ${dnsmasq.pid} does not end`);
}

function inspect(pid: number, pidFile: string): RunningDnsmasq | undefined {
  const argv = commandLine(pid);
  if (argv === undefined || !/(^|\/)dnsmasq$/.test(argv[0] ?? '') || !argv.includes(`--pid-file=${pidFile}`)) return undefined;
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
