import { readFileSync } from 'node:fs';

/** What the kernel tells of a process in a line: /proc/PID/stat (proc_pid_stat(5)). */
export interface ProcessStat {
  /** Of the program, as far as 15 characters show it. */
  readonly name: string;
  /** One letter; `Z`: it has ended, and its parent has not asked about it. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  /** Clock ticks that it had a processor, for itself and in the kernel. */
  readonly worked: number;
  /** Clock ticks since boot at which it started: with the number, it is one process beyond doubt. */
  readonly startTime: string;
}

/** Undefined for a process that is gone. */
export function readProcessStat(pid: number): ProcessStat | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name may itself hold spaces and parentheses.
  const end = stat.lastIndexOf(')');
  const fields = stat.slice(end + 2).split(' ');
  const number = (index: number): number => Number(fields[index]);
  return {
    name: stat.slice(stat.indexOf('(') + 1, end),
    state: fields[0] ?? '',
    parent: number(1),
    group: number(2),
    worked: number(11) + number(12),
    startTime: fields[19] ?? '',
  };
}
