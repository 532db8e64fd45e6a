import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from '../state-directory.ts';

/** A process beyond doubt: a pid alone may have been given to another one since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started: field 22 of /proc/PID/stat (proc(5)). */
  readonly startTime: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the program's name, may itself hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const startTime = fields[19];
    return startTime === undefined || fields[0] === 'Z' ? undefined : { pid, startTime };
  } catch {
    return undefined;
  }
}

/** The process that a file of the state directory names; undefined where the file is missing or damaged. */
export function readIdentity(file: string): ProcessIdentity | undefined {
  return readJson<ProcessIdentity>(file, ['pid', 'startTime']);
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime;
}

/** Ends a process by SIGTERM, after `graceMs` by SIGKILL; resolves when it is gone. */
export async function end(identity: ProcessIdentity, graceMs: number): Promise<void> {
  const deadline = Date.now() + graceMs;
  let signal: NodeJS.Signals = graceMs > 0 ? 'SIGTERM' : 'SIGKILL';
  for (;;) {
    if (!isAlive(identity)) return;
    try {
      process.kill(identity.pid, signal);
    } catch {
      return;
    }
    do await sleep(10);
    while (isAlive(identity) && signal === 'SIGTERM' && Date.now() < deadline);
    signal = 'SIGKILL';
  }
}
