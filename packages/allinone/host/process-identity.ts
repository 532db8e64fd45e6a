import { setTimeout as sleep } from 'node:timers/promises';
import { readJson } from '../state-directory.ts';
import { readProcessStat } from './process-stat.ts';

/** A process beyond doubt: a pid alone may have been given to another one since. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot at which it started. */
  readonly startTime: string;
}

export function identify(pid: number): ProcessIdentity | undefined {
  const stat = readProcessStat(pid);
  return stat === undefined || stat.state === 'Z' ? undefined : { pid, startTime: stat.startTime };
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
