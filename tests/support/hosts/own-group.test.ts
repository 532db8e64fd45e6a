import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { hostNamespaces, requires } from '../capabilities.ts';
import { ownGroup } from './own-group.ts';

describe('a group of processes', () => {
  test('is ended whole, also when its leader has ended before', async () => {
    const leader = spawn('sh', ['-c', 'sleep 1003 & echo $!; read line'], { detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    const [said] = (await once(leader.stdout, 'data')) as [Buffer];
    const member = `/proc/${said.toString().trim()}/stat`;
    const group = ownGroup(leader.pid ?? -1);
    leader.stdin.end('\n');
    await once(leader, 'exit');
    expect(existsSync(member)).toBe(true);
    group.kill();
    await expect.poll(() => existsSync(member), { timeout: 30_000 }).toBe(false);
  });

  test('whose number another one has got is not taken for it', requires(hostNamespaces), async () => {
    const program = [process.execPath, '--conditions=neutrino-source', join(import.meta.dirname, 'reused-number-process.ts')];
    const { stdout } = await promisify(execFile)('unshare', ['--pid', '--fork', '--kill-child', '--mount-proc', '--', ...program]);
    expect(JSON.parse(stdout)).toEqual({ isReused: true, wasEnded: false });
  });
});
