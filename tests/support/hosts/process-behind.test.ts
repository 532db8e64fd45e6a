import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hostNamespaces, requires } from '../capabilities.ts';
import { temporaryDirectory } from '../temporary-directory.ts';
import { processBehind } from './process-behind.ts';

test('the program behind those that only start it is found', requires(hostNamespaces), async () => {
  const started = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', '--pid', '--fork', '--kill-child', '--', 'setsid', 'sleep', '1004'], { stdio: 'ignore' });
  const ended = once(started, 'exit');
  try {
    const pid = await processBehind(started);
    expect(pid).not.toBe(started.pid);
    expect(readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').split('\0')).toEqual(['sleep', '1004', '']);
  } finally {
    started.kill('SIGKILL');
    await ended;
  }
});

test('nothing is behind what has ended', async () => {
  const started = spawn('true', { stdio: 'ignore' });
  await once(started, 'exit');
  expect(await processBehind(started)).toBeUndefined();
});

test('what never becomes the program is not taken for it: it is killed, and named as what it is', async () => {
  using directory = temporaryDirectory();
  const program = join(directory.path, 'setsid');
  copyFileSync('/bin/sleep', program);
  const started = spawn(program, ['1005'], { stdio: 'ignore' });
  const ended = once(started, 'exit');
  await expect(processBehind(started, 500)).rejects.toThrow(`process ${started.pid} is still setsid`);
  expect(await ended).toEqual([null, 'SIGKILL']);
});
