import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestSummary } from '../tests/support/summary-reporter.ts';
import { type Outcome, outcomeOf, toldOutcome, toRunAgain } from '../tests/support/test-outcome.ts';
import { runChecks } from './run-checks.ts';

/**
 * Every check and every test, then a table and the sum. Arguments go to vitest (`packages/lib`, `-t NAME`).
 * A check counts as one test. Where a few files of tests failed, each is run once more with nothing beside it: a test that
 * passes then is named as unstable, which is a defect of it or of what it tests. Exits 1 where anything failed to the
 * last, or the tests did not come to their end.
 */

const ROOT = resolve(import.meta.dirname, '..');

async function runVitest(args: readonly string[]): Promise<TestSummary> {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-tests-'));
  try {
    const target = join(directory, 'summary.json');
    const reporters = ['--reporter=default', '--reporter=./tests/support/summary-reporter.ts'];
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...args], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NEUTRINO_TEST_SUMMARY: target, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) },
    });
    const [code] = (await once(child, 'close')) as [number | null];
    const ending = `vitest ended with status ${code ?? 'by signal'}`;
    try {
      const summary = JSON.parse(readFileSync(target, 'utf8')) as TestSummary;
      const isTold = code === 0 || summary.unhandled.length > 0 || summary.files.some(({ failed }) => failed.length > 0);
      return isTold ? summary : { ...summary, unhandled: [ending] };
    } catch {
      return { files: [], unhandled: [`${ending} before its tests did`] };
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function outcomeOfTests(args: readonly string[]): Promise<Outcome> {
  const { files, unhandled } = await runVitest(args);
  const again: TestSummary[] = [];
  // Options may choose tests within a file.
  for (const { project, file } of args.some((arg) => arg.startsWith('-')) ? [] : toRunAgain(files)) {
    console.log(`\nOnce more, with nothing beside it: ${file} (${project})`);
    again.push(await runVitest(['--project', project, file]));
  }
  return outcomeOf(files, again.flatMap((second) => second.files), [...unhandled, ...again.flatMap((second) => second.unhandled)]);
}

const checks = await runChecks();
const checked: Outcome = {
  passed: checks.filter((check) => check.passed).length,
  failed: checks.filter((check) => !check.passed).map((check) => check.name),
  skipped: [],
  unstable: [],
};
const tests = await outcomeOfTests(process.argv.slice(2));
console.log(`\n${toldOutcome({ checks: checked, tests })}`);
if (checked.failed.length + tests.failed.length > 0) process.exitCode = 1;
