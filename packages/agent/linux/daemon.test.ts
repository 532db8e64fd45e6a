import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findDaemon, stopDaemon } from './daemon.ts';

test('a script is known by its name and an argument of its own, whatever runs it and whether or not its file tells its number', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'daemon-'));
  const [script, pidFile] = [join(directory, 'watches'), join(directory, 'pid')];
  writeFileSync(script, "process.stdout.write('ready'); setInterval(() => undefined, 1000);");
  const running = spawn(process.execPath, [script, `--pid_file=${pidFile}`], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(running.stdout, 'data');
    const traits = { program: 'watches', argument: `--pid_file=${pidFile}`, pidFile };
    expect(findDaemon(traits)?.pid).toBe(running.pid);
    expect(findDaemon({ ...traits, program: 'other' })).toBeUndefined();
    expect(findDaemon({ ...traits, argument: '--pid_file=other' })).toBeUndefined();
    const found = findDaemon(traits);
    if (found !== undefined) await stopDaemon(found);
    expect(findDaemon(traits)).toBeUndefined();
  } finally {
    running.kill('SIGKILL');
    rmSync(directory, { recursive: true });
  }
});
