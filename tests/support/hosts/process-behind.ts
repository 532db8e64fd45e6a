import { type ProcessStat, readProcessStat } from '@neutrino/allinone/host/process-stat';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** As long as a busy machine takes to start a program. */
const START_MS = 120_000;

/**
 * The process that runs a program, as this process sees it, when `started` is what started it. A program that is to live
 * in a host's process namespace is a child of the `nsenter` (or `unshare`) that made it, which only waits for its end.
 * Undefined where `started` ends before; where nothing is behind it in time it is killed, and that is an error.
 */
export async function processBehind(started: ChildProcess, timeoutMs: number = START_MS): Promise<number | undefined> {
  const { pid = -1 } = started;
  let found: Found | undefined;
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; ) {
    found = follow(pid);
    if (started.exitCode !== null || started.signalCode !== null) return undefined;
    if (found !== undefined && !ON_THE_WAY.has(found.name)) return found.pid;
    await sleep(2);
  }
  started.kill('SIGKILL');
  throw new Error(`${started.spawnargs.join(' ')}: after ${timeoutMs / 1000} s process ${found?.pid ?? pid} is still ${found?.name ?? 'not there'}, and not the program that is to run`);
}

interface Found extends Pick<ProcessStat, 'name'> {
  readonly pid: number;
}

/** Programs that become another one, or start one and wait. */
const ON_THE_WAY = new Set(['setpriv', 'setsid', 'nsenter', 'unshare']);
const WAITING = new Set(['nsenter', 'unshare']);

/** The last of the processes that each wait for the next. Undefined where there is none. */
function follow(pid: number): Found | undefined {
  const name = readProcessStat(pid)?.name;
  if (name === undefined) return undefined;
  const child = WAITING.has(name) ? childOf(pid) : undefined;
  return (child === undefined ? undefined : follow(child)) ?? { pid, name };
}

function childOf(parent: number): number | undefined {
  return readdirSync('/proc').map(Number).find((pid) => Number.isInteger(pid) && readProcessStat(pid)?.parent === parent);
}
