import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The process that runs a program, as this process sees it, when `started` is what started it. A program that is to live
 * in a host's process namespace is a child of the `nsenter` (or `unshare`) that made it, which only waits for its end.
 */
export async function processBehind(started: number, isOver: () => boolean): Promise<number> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; ) {
    const found = follow(started);
    if (found !== undefined) return found;
    if (isOver()) break;
    await sleep(2);
  }
  return started;
}

/** Programs that become another one, or start one and wait. */
const ON_THE_WAY = new Set(['setpriv', 'setsid', 'nsenter', 'unshare']);
const WAITING = new Set(['nsenter', 'unshare']);

/** Undefined as long as the program is not there yet. */
function follow(pid: number): number | undefined {
  const name = readStat(pid)?.name;
  if (name === undefined) return undefined;
  if (!ON_THE_WAY.has(name)) return pid;
  if (!WAITING.has(name)) return undefined;
  const child = childOf(pid);
  return child === undefined ? undefined : follow(child);
}

function childOf(parent: number): number | undefined {
  return readdirSync('/proc').map(Number).find((pid) => Number.isInteger(pid) && readStat(pid)?.parent === parent);
}

function readStat(pid: number): { readonly name: string; readonly parent: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may itself hold spaces and parentheses: proc(5).
    const end = stat.lastIndexOf(')');
    return { name: stat.slice(stat.indexOf('(') + 1, end), parent: Number(stat.slice(end + 2).split(' ')[1]) };
  } catch {
    return undefined;
  }
}
