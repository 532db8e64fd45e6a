import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { version } from '@neutrino/lib/version';
import { afterEach, beforeEach, expect, test } from 'vitest';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'neutrino-program-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const sampleProgram = (args: readonly string[]): readonly string[] => ['--conditions=neutrino-source', fileURLToPath(import.meta.resolve('./sample-program.ts')), ...args];
const run = (...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, sampleProgram(args), { encoding: 'utf8', env: { ...process.env, HOME: directory } });
  return { status, stdout, stderr };
};
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

test('without files the defaults hold', () => {
  expect(run()).toEqual({ status: 0, stdout: '{"number":1,"word":"none","sql":false,"argv":[]}\n', stderr: '' });
});

test('several files and a directory are read in order, and options and arguments of its own are passed on', () => {
  const [a, b] = [file('a.conf', '[DEFAULT]\nnumber = 2\n[other]\nword = a'), file('b.conf', '[DEFAULT]\nnumber = 3')];
  mkdirSync(join(directory, 'd'));
  for (const [name, word] of [['2.conf', 'two'], ['1.conf', 'one'], ['3.ini', 'three']] as const) file(`d/${name}`, `[other]\nword = ${word}`);
  const { stdout } = run('--config-file', a, '--config-file', b, '--config-dir', join(directory, 'd'), '--sql', 'show', 'head');
  expect(JSON.parse(stdout)).toEqual({ number: 3, word: 'two', sql: true, argv: ['show', 'head'] });
});

test('--version and --help say what they should and end with 0', () => {
  expect(run('--version')).toEqual({ status: 0, stdout: `sample-program ${version}\n`, stderr: '' });
  const help = run('--help');
  expect(help.status).toBe(0);
  for (const option of ['--config-file', '--config-dir', '--debug', '--verbose', '--log-file', '--sql']) expect(help.stdout).toContain(option);
});

test('what is wrong with files or command line is told in plain lines, with exit code 2', () => {
  const bad = file('bad.conf', '[DEFAULT]\nnumber = many');
  expect(run('--config-file', bad)).toEqual({ status: 2, stdout: '', stderr: `sample-program: ${bad}:2: [DEFAULT] number: expected whole number, found "many"\n` });
  expect(run('--config-file', file('worse.conf', 'junk'))).toMatchObject({ status: 2, stderr: expect.stringContaining("worse.conf:1: expected a [section] or 'name = value'") });
  expect(run('--config-file', join(directory, 'absent.conf'))).toMatchObject({ status: 2, stderr: expect.stringContaining('absent.conf') });
  expect(run('--config-dir', join(directory, 'absent'))).toMatchObject({ status: 2, stderr: expect.stringContaining('absent') });
  expect(run('--no-such-option')).toMatchObject({ status: 2, stderr: expect.stringContaining('--no-such-option') });
});

test('the default file of the home directory is not read by a program that names none', () => {
  file('neutron.conf', '[DEFAULT]\nnumber = 9');
  expect(JSON.parse(run().stdout)).toMatchObject({ number: 1 });
});

test('warnings go to the log, which --log-file puts in a file and --debug makes longer', () => {
  const odd = file('odd.conf', '[DEFAULT]\nnumbre = 2');
  const log = join(directory, 'x.log');
  expect(run('--config-file', odd, '--log-file', log, '--debug').stderr).toBe('');
  expect(readFileSync(log, 'utf8')).toMatch(/WARNING sample-program: .*odd\.conf:2: unknown option \[DEFAULT\] numbre; did you mean number\?\n.* DEBUG sample-program: a detail\n/);
});

test('a program that fails logs why and ends with 1', () => {
  const { status, stderr } = run('fail');
  expect(status).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ level: 60, err: { type: 'RangeError', message: 'it failed' } });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s lets the program end in its own way, with 0', async (signal) => {
  const child = spawn(process.execPath, sampleProgram(['wait']), { stdio: ['ignore', 'pipe', 'ignore'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(output).toBe('waiting\nstopped\n');
});

test('SIGHUP takes in what can change, names what cannot, keeps the old values where the file is wrong, and follows log rotation', async () => {
  const config = file('a.conf', '[DEFAULT]\nnumber = 1\n[other]\nword = old');
  const log = join(directory, 'x.log');
  const child = spawn(process.execPath, sampleProgram(['wait', '--config-file', config, '--log-file', log]), { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  expect(await lines.next()).toMatchObject({ value: 'waiting' });

  file('a.conf', '[DEFAULT]\nnumber = 2\ndebug = true\n[other]\nword = new');
  renameSync(log, `${log}.1`);
  child.kill('SIGHUP');
  expect(await lines.next()).toMatchObject({ value: 'number 2, word old' });
  await expect.poll(() => readFileSync(log, 'utf8')).toMatch(/WARNING .*\[other\] word has changed[^]*INFO .*reloaded \[DEFAULT\] number, \[DEFAULT\] debug/);

  file('a.conf', '[DEFAULT]\nnumber = many');
  child.kill('SIGHUP');
  await expect.poll(() => readFileSync(log, 'utf8')).toMatch(/ERROR .*nothing changes: .*expected whole number, found "many"/);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
