import { run } from '@neutrino/agent/privileged/run';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { networkNamespaces, requires, root } from './capabilities.ts';
import { privateHost } from './private-host.ts';

describe('a private host', requires(root, networkNamespaces), () => {
  test('has links, /sys and named namespaces of its own', async () => {
    await using host = await privateHost();
    await host.run(['ip', 'link', 'add', 'brqprivate', 'type', 'bridge']);
    await host.run(['ip', 'netns', 'add', 'qdhcp-private']);
    expect((await host.run(['ls', '/sys/class/net'])).stdout).toContain('brqprivate');
    expect((await run(['ip', '-br', 'link'])).stdout).not.toContain('brqprivate');
    expect((await run(['ip', 'netns', 'list'])).stdout).not.toContain('qdhcp-private');
  });

  test('takes everything inside with it', async () => {
    const host = await privateHost();
    await host.run(['ip', 'netns', 'add', 'deep']);
    const [program, ...args] = [...host.enter, 'ip', 'netns', 'exec', 'deep', 'sleep', '600'];
    const child = spawn(program, args, { stdio: 'ignore' });
    await once(child, 'spawn');
    const ended = once(child, 'exit');
    await expect.poll(() => readFileSync(`/proc/${child.pid}/comm`, 'utf8')).toBe('sleep\n');
    await host[Symbol.asyncDispose]();
    expect(await ended).toEqual([null, 'SIGKILL']);
  });
});
