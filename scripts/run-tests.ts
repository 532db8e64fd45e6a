import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestSummary } from '../tests/support/summary-reporter.ts';
import { runChecks } from './run-checks.ts';

/**
 * Every check and every test, then a table and the sum. Arguments go to vitest (`packages/lib`, `-t NAME`).
 * A check counts as one test. Exits 1 where anything failed or the tests did not come to their end.
 */

const ROOT = resolve(import.meta.dirname, '..');

async function runVitest(): Promise<TestSummary> {
  const directory = mkdtempSync(join(tmpdir(), 'neutrino-tests-'));
  try {
    const target = join(directory, 'summary.json');
    const reporters = ['--reporter=default', '--reporter=./tests/support/summary-reporter.ts'];
    const child = spawn(process.execPath, [join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)], {
      cwd: ROOT,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NEUTRINO_TEST_SUMMARY: target, ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }) },
    });
    const [code] = (await once(child, 'close')) as [number | null];
    let summary: TestSummary;
    try {
      summary = JSON.parse(readFileSync(target, 'utf8')) as TestSummary;
    } catch {
      return { passed: 0, failed: ['vitest ended before its tests did'], skipped: [] };
    }
    if (code !== 0 && summary.failed.length === 0) summary.failed.push(`vitest ended with status ${code ?? 'by signal'}`);
    return summary;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function printSum(parts: Readonly<Record<string, TestSummary>>): number {
  const all = Object.values(parts);
  const skipped = all.flatMap((part) => part.skipped);
  const failed = all.flatMap((part) => part.failed);
  console.log('\n            passed   failed  skipped');
  for (const [name, part] of Object.entries(parts)) {
    const cells = [part.passed, part.failed.length, part.skipped.length].map((count) => String(count).padStart(9));
    console.log(`${name.padEnd(9)}${cells.join('')}`);
  }
  console.log('');
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name} — ${reason}`);
  for (const name of failed) console.log(`FAILED ${name}`);
  const passed = all.reduce((sum, part) => sum + part.passed, 0);
  console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
  return failed.length;
}

const checks = await runChecks();
const checked: TestSummary = {
  passed: checks.filter((check) => check.passed).length,
  failed: checks.filter((check) => !check.passed).map((check) => check.name),
  skipped: [],
};
if (printSum({ checks: checked, tests: await runVitest() }) > 0) process.exitCode = 1;
