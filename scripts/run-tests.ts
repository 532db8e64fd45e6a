import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FileSummary, TestSummary } from '../tests/support/summary-reporter.ts';
import { runChecks } from './run-checks.ts';

/**
 * Every check and every test, then a table and the sum. Arguments go to vitest (`packages/lib`, `-t NAME`).
 * A check counts as one test. Where a few files of tests failed, each is run once more with nothing beside it: a test that
 * passes then is named as unstable, which is a defect of it or of what it tests. Exits 1 where anything failed to the
 * last, or the tests did not come to their end.
 */

const ROOT = resolve(import.meta.dirname, '..');
/** More than these have a common cause. */
const MOST_FILES_AGAIN = 4;

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

interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: FileSummary['skipped'];
  readonly unstable: readonly string[];
}

async function outcomeOfTests(args: readonly string[]): Promise<Outcome> {
  const { files, unhandled } = await runVitest(args);
  const broken = files.filter(({ failed }) => failed.length > 0);
  const again: FileSummary[] = [];
  const failed = [...unhandled];
  // Options may choose tests within a file.
  if (broken.length <= MOST_FILES_AGAIN && !args.some((arg) => arg.startsWith('-'))) {
    for (const { project, file } of broken) {
      console.log(`\nOnce more, with nothing beside it: ${file} (${project})`);
      const second = await runVitest(['--project', project, file]);
      again.push(...second.files);
      failed.push(...second.unhandled);
    }
  }
  const replaced = (one: FileSummary): FileSummary => again.find(({ project, file }) => project === one.project && file === one.file) ?? one;
  const final = files.map(replaced);
  failed.push(...final.flatMap((one) => one.failed));
  return {
    passed: final.reduce((sum, one) => sum + one.passed, 0),
    failed,
    skipped: final.flatMap(({ skipped }) => skipped),
    unstable: broken.flatMap((one) => one.failed).filter((name) => !failed.includes(name)),
  };
}

function printSum(parts: Readonly<Record<string, Outcome>>): number {
  const all = Object.values(parts);
  const skipped = all.flatMap((part) => part.skipped);
  const failed = all.flatMap((part) => part.failed);
  const unstable = all.flatMap((part) => part.unstable);
  console.log('\n            passed   failed  skipped');
  for (const [name, part] of Object.entries(parts)) {
    const cells = [part.passed, part.failed.length, part.skipped.length].map((count) => String(count).padStart(9));
    console.log(`${name.padEnd(9)}${cells.join('')}`);
  }
  console.log('');
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name} — ${reason}`);
  for (const name of unstable) console.log(`UNSTABLE ${name} — failed at first, passed with nothing beside it`);
  for (const name of failed) console.log(`FAILED ${name}`);
  const passed = all.reduce((sum, part) => sum + part.passed, 0);
  console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped${unstable.length > 0 ? ` (${unstable.length} of the passed unstable)` : ''}`);
  return failed.length;
}

const checks = await runChecks();
const checked: Outcome = {
  passed: checks.filter((check) => check.passed).length,
  failed: checks.filter((check) => !check.passed).map((check) => check.name),
  skipped: [],
  unstable: [],
};
if (printSum({ checks: checked, tests: await outcomeOfTests(process.argv.slice(2)) }) > 0) process.exitCode = 1;
