import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { processEnds } from './process-ends.ts';

const sleeping = async (): Promise<ChildProcess & { readonly pid: number }> => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  await once(child, 'spawn');
  return child as ChildProcess & { readonly pid: number };
};

test('the ends of processes are told as they happen, each once, and not where nobody wants to know any more', async () => {
  await using ends = processEnds();
  const [first, second, third] = [await sleeping(), await sleeping(), await sleeping()];
  const told: string[] = [];
  ends.watch(first.pid, () => told.push('first'));
  ends.watch(second.pid, () => told.push('second'))[Symbol.dispose]();
  second.kill('SIGKILL');
  first.kill('SIGKILL');
  await expect.poll(() => told).toEqual(['first']);
  // Added while the thread waits.
  const late = await sleeping();
  ends.watch(third.pid, () => told.push('third'));
  ends.watch(late.pid, () => told.push('late'));
  third.kill('SIGKILL');
  await expect.poll(() => told).toEqual(['first', 'third']);
  late.kill('SIGKILL');
  await expect.poll(() => told).toEqual(['first', 'third', 'late']);
});

test('a process that is gone already has ended', async () => {
  await using ends = processEnds();
  const gone = await sleeping();
  const ended = once(gone, 'exit');
  gone.kill('SIGKILL');
  await ended;
  await new Promise<void>((resolve) => void ends.watch(gone.pid, resolve));
});

test('who watches can go while the process stays', async () => {
  const child = await sleeping();
  const ends = processEnds();
  ends.watch(child.pid, () => expect.fail('it has not ended'));
  await delay(20);
  await ends[Symbol.asyncDispose]();
  expect(child.exitCode).toBeNull();
  child.kill('SIGKILL');
});
