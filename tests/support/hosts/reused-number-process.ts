import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ownGroup } from './own-group.ts';

/*
 * In a namespace of processes of its own, where numbers are given out as this program says: a group ends, another one gets its
 * number, and who knew the first one ends it once more. Tells what became of the second.
 */
async function leader(argument: string): Promise<ChildProcess> {
  const child = spawn('sh', ['-c', `echo $$; exec sleep ${argument}`], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return child;
}

const first = await leader('1001');
const known = [ownGroup(first.pid ?? -1), ownGroup(first.pid ?? -1)] as const;
known[0].kill();
await once(first, 'exit');
// When a process started is told in hundredths of a second, and no number comes round in less outside of tests.
await setTimeout(50);
writeFileSync('/proc/sys/kernel/ns_last_pid', String(Number(first.pid) - 1));
const second = await leader('1002');
known[0].kill();
known[1].kill();
known[1].signal('SIGKILL');
const wasEnded = await Promise.race([once(second, 'exit').then(() => true), setTimeout(100, false)]);
process.stdout.write(`${JSON.stringify({ isReused: second.pid === first.pid, wasEnded })}\n`);
second.kill('SIGKILL');
