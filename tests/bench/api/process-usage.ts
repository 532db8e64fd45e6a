import { readProcessStat } from '@neutrino/allinone/host/process-stat';
import { readdirSync, readFileSync } from 'node:fs';

/** What /proc says of processes: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

/** A process and all its descendants. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = readProcessStat(Number(name))?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/** Processor time of the tree so far, in milliseconds; that of descendants that have ended is not in it. */
export function processorTime(root: number): number {
  return processTree(root).reduce((sum, pid) => {
    const stat = readProcessStat(pid);
    return stat === undefined ? sum : sum + (stat.worked * 1000) / TICKS_PER_SECOND;
  }, 0);
}

/** MiB in RAM of each process of the tree, shared pages included. */
export function residentMemories(root: number): readonly number[] {
  return processTree(root).flatMap((pid) => {
    try {
      return [Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024];
    } catch {
      return [];
    }
  });
}

/** Milliseconds in which the machine's processors worked, for whomever. */
export function machineTime(): number {
  const [user = 0, nice = 0, system = 0, , , interrupts = 0, softInterrupts = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '').split(/\s+/).slice(1).map(Number);
  return ((user + nice + system + interrupts + softInterrupts) * 1000) / TICKS_PER_SECOND;
}
