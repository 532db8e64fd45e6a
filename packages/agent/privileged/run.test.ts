import { expect, test } from 'vitest';
import { CommandFailed, run } from './run.ts';

test('output, exit code and what goes in are whole', async () => {
  expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'], { accept: [3] })).toEqual({ code: 3, stdout: 'out\n', stderr: 'err\n' });
  const input = 'x'.repeat(1_000_000);
  expect((await run(['cat'], { input })).stdout).toBe(input);
  expect((await run(['true'], { input })).code).toBe(0);
});

test('an exit code that was not expected, a program that takes too long, and one that is not there are failures', async () => {
  await expect(run(['sh', '-c', 'echo why >&2; exit 2'])).rejects.toMatchObject({ name: 'CommandFailed', code: 2, stderr: 'why\n' });
  await expect(run(['sleep', '20'], { timeoutMs: 50 })).rejects.toMatchObject({ name: 'CommandFailed', code: null });
  await expect(run(['no-such-program'])).rejects.toMatchObject({ code: 'ENOENT' });
  await expect(run(['false'])).rejects.toBeInstanceOf(CommandFailed);
});

test('no signal is ignored or blocked in a program', async () => {
  const { stdout } = await run(['grep', '-E', 'Sig(Ign|Blk)', '/proc/self/status']);
  const [ignored, blocked] = ['SigIgn', 'SigBlk'].map((name) => BigInt(`0x${new RegExp(`${name}:\\s+(\\S+)`).exec(stdout)?.[1]}`) & 0x7fff_ffffn);
  expect([ignored, blocked]).toEqual([0n, 0n]);
});

test('many programs at once each give their own answer', async () => {
  const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => run(['sh', '-c', `sleep 0.0${index % 7}; echo ${index}`])));
  expect(answers.map(({ stdout }) => Number(stdout))).toEqual(answers.map((_, index) => index));
});
