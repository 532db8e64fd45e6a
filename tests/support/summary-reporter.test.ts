import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestSummary } from './summary-reporter.ts';

const PROJECT = resolve(import.meta.dirname, '../..');

const FILES = {
  'results.test.ts': `
    import { describe, expect, test } from 'vitest';
    import { requires } from '${join(import.meta.dirname, 'capabilities.ts')}';
    const never = { missing: () => 'needs a miracle' };
    test('passes', () => {});
    test('fails', () => { expect(1).toBe(2); });
    describe('group', requires(never), () => { test('inner', () => {}); });
    test('alone', requires(never), () => {});
    test('finds out late', (context) => { context.skip('the kernel said no'); });
  `,
  'broken.test.ts': `throw new Error('at import');`,
  'hook.test.ts': `
    import { beforeAll, describe, test } from 'vitest';
    describe('with a failing hook', () => {
      beforeAll(() => { throw new Error('hook'); });
      test('never runs', () => {});
    });
  `,
};

let directory: string;
beforeAll(() => {
  // Inside the project, so that the files find its vitest.
  mkdirSync(join(PROJECT, '.cache'), { recursive: true });
  directory = mkdtempSync(join(PROJECT, '.cache/summary-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test('the summary counts every test once, gives skips their reasons, and misses no failure outside tests', async () => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(directory, name), text);
  const target = join(directory, 'summary.json');
  const args = ['run', '--root', directory, `--reporter=${join(import.meta.dirname, 'summary-reporter.ts')}`];
  const child = spawn(process.execPath, [join(PROJECT, 'node_modules/vitest/vitest.mjs'), ...args], {
    stdio: 'ignore',
    env: { ...process.env, NEUTRINO_TEST_SUMMARY: target },
  });
  await once(child, 'exit');
  const { files, unhandled } = JSON.parse(readFileSync(target, 'utf8')) as TestSummary;
  expect(unhandled).toEqual([]);
  expect(files.toSorted((a, b) => a.file.localeCompare(b.file))).toEqual([
    { project: '', file: 'broken.test.ts', passed: [], failed: ['broken.test.ts'], skipped: [] },
    {
      project: '', file: 'hook.test.ts', passed: [],
      failed: ['hook.test.ts > with a failing hook'],
      skipped: [{ name: 'hook.test.ts > with a failing hook > never runs', reason: 'a hook before it failed' }],
    },
    {
      project: '', file: 'results.test.ts', passed: ['results.test.ts > passes'],
      failed: ['results.test.ts > fails'],
      skipped: [
        { name: 'results.test.ts > group > inner', reason: 'needs a miracle' },
        { name: 'results.test.ts > alone', reason: 'needs a miracle' },
        { name: 'results.test.ts > finds out late', reason: 'the kernel said no' },
      ],
    },
  ]);
});
