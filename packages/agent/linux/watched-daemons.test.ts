import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { processEnds } from '../privileged/process-ends.ts';
import type { RunningDaemon } from './daemon.ts';
import { watchedDaemons } from './watched-daemons.ts';

const soon = { timeout: 60_000 };

/** A program that goes on until it is killed. */
async function daemon(): Promise<RunningDaemon & AsyncDisposable & { kill(): Promise<void> }> {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  await once(child, 'spawn');
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  return { pid: child.pid ?? 0, argv: ['sleep', '1000'], namespaceInode: 0n, kill, [Symbol.asyncDispose]: kill };
}

test('the end of a daemon is told once, and that of the next one soon after as repeated', async () => {
  await using ends = processEnds();
  const told: string[] = [];
  const daemons = watchedDaemons({ ends, repeatedMs: Infinity, onEnd: (id, isRepeated) => void told.push(`${id}${isRepeated ? ' again' : ''}`) });
  await using first = await daemon();
  await using second = await daemon();
  daemons.watch('a', first);
  expect(daemons.running('a')).toBe(first);
  await first.kill();
  expect(daemons.running('a')).toBeUndefined();
  await expect.poll(() => told, soon).toEqual(['a']);
  expect(daemons.unwatch('a')).toBeUndefined();
  daemons.watch('a', second);
  await second.kill();
  await expect.poll(() => told, soon).toEqual(['a', 'a again']);
});

test('one that ended before it was watched is told of too', async () => {
  await using ends = processEnds();
  const told: string[] = [];
  const daemons = watchedDaemons({ ends, onEnd: (id) => void told.push(id) });
  await using gone = await daemon();
  await gone.kill();
  daemons.watch('a', gone);
  expect(told).toEqual(['a']);
});

test('nothing is told of one that is watched no more, or that another has taken the place of', async () => {
  await using ends = processEnds();
  const told: string[] = [];
  const daemons = watchedDaemons({ ends, onEnd: (id) => void told.push(id) });
  await using replaced = await daemon();
  await using present = await daemon();
  await using forgotten = await daemon();
  await using last = await daemon();
  daemons.watch('a', replaced);
  daemons.watch('a', present);
  daemons.watch('b', forgotten);
  daemons.watch('c', last);
  daemons.forget('b');
  expect(daemons.unwatch('a')).toBe(present);
  for (const each of [replaced, present, forgotten, last]) await each.kill();
  // It ended last, so that those before it would have been told of by now.
  await expect.poll(() => told, soon).toEqual(['c']);
});
