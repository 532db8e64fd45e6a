import { identify, isAlive, type ProcessIdentity } from '@neutrino/allinone/host/process-identity';
import { readProcessStat } from '@neutrino/allinone/host/process-stat';
import { readdirSync, readlinkSync } from 'node:fs';

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

/** Undefined for one that has ended: nothing is sent to it. */
export function ownGroup(pid: number | undefined): OwnGroup {
  const leader = pid === undefined ? undefined : identify(pid);
  const namespace = leader === undefined ? undefined : pidNamespaceOf(leader.pid);
  let isOver = leader === undefined;
  return {
    signal(signal) {
      if (leader !== undefined && isAlive(leader)) send(leader.pid, signal);
    },
    kill() {
      if (leader === undefined || isOver) return;
      isOver = true;
      if (isNumberOfAnother(leader)) return;
      // The number stays the group's as long as one of its processes lives; a stranger's group lives in another namespace of processes.
      if (membersOf(leader.pid).some((member) => pidNamespaceOf(member) === namespace)) send(-leader.pid, 'SIGKILL');
    },
  };
}

/** Whether the number was given to another process, for which the group must have been empty. A zombie is still itself. */
function isNumberOfAnother({ pid, startTime }: ProcessIdentity): boolean {
  const stat = readProcessStat(pid);
  return stat !== undefined && stat.startTime !== startTime;
}

function membersOf(group: number): readonly number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      const stat = Number.isInteger(pid) ? readProcessStat(pid) : undefined;
      return stat?.group === group && stat.state !== 'Z';
    });
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
