import { identify, isAlive, type ProcessIdentity } from '@neutrino/allinone/host/process-identity';
import { readdirSync, readlinkSync } from 'node:fs';
import { processStat } from '../process-stat.ts';

/**
 * A process that was started, and the group that it leads, if it leads one. A number comes to another process, or to a thread of a busy
 * server, when its process is gone: signals go only where the number is known to be still the same one's.
 */
export interface OwnGroup {
  /** To the process alone; nothing where it is gone. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL to the whole group, the leader gone or not. */
  kill(): void;
}

export function ownGroup(pid: number): OwnGroup {
  const leader = identify(pid);
  const namespace = pidNamespaceOf(pid);
  let isOver = leader === undefined;
  return {
    signal(signal) {
      if (leader !== undefined && isAlive(leader)) send(pid, signal);
    },
    kill() {
      if (leader === undefined || isOver) return;
      isOver = true;
      if (isNumberOfAnother(leader)) return;
      // The number stays the group's as long as one of its processes lives; a stranger's group lives in another namespace of processes.
      if (membersOf(pid).some((member) => pidNamespaceOf(member) === namespace)) send(-pid, 'SIGKILL');
    },
  };
}

/** Whether the number was given to another process, for which the group must have been empty. A zombie is still itself. */
function isNumberOfAnother({ pid, startTime }: ProcessIdentity): boolean {
  const stat = processStat(pid);
  return stat !== undefined && stat[19] !== startTime;
}

function membersOf(group: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && processStat(pid)?.[2] === String(group) && processStat(pid)?.[0] !== 'Z');
}

function pidNamespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined;
  }
}

function send(target: number, signal: NodeJS.Signals): void {
  try {
    process.kill(target, signal);
  } catch {
    // It is gone.
  }
}
