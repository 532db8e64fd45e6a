import { readFileSync } from 'node:fs';

/** Of /proc/PID/stat (proc(5)) what follows the name, which may hold anything: the state, the parent, the group … Undefined for a process that is gone. */
export function processStat(pid: number): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
