import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface TestSummary {
  passed: number;
  /** Failed tests, and files and hooks that failed outside any test. */
  readonly failed: string[];
  readonly skipped: { readonly name: string; readonly reason: string }[];
}

/** Why a test was skipped: from its own `ctx.skip(reason)`, or from `requires(…)` on it or on a suite around it. */
function skipReason(test: TestCase): string {
  const result = test.result();
  if (result.state === 'skipped' && result.note) return result.note;
  for (let task: TestCase | TestCase['parent'] = test; ; task = task.parent) {
    const reason = task.meta().skipReason;
    if (reason !== undefined) return reason;
    if (task.type !== 'test' && task.errors().length > 0) return 'a hook before it failed';
    if (task.type === 'module') return 'no reason given';
  }
}

/** Writes what came of every test to the file that NEUTRINO_TEST_SUMMARY names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const summary: TestSummary = { passed: 0, failed: unhandled.map((error) => `outside any test: ${error.message}`), skipped: [] };
    for (const testModule of modules) {
      const { name: project } = testModule.project;
      const file = project === '' || project === 'tests' ? testModule.relativeModuleId : `${testModule.relativeModuleId} on ${project}`;
      if (testModule.errors().length > 0) summary.failed.push(file);
      for (const suite of testModule.children.allSuites()) if (suite.errors().length > 0) summary.failed.push(`${file} > ${suite.fullName}`);
      for (const test of testModule.children.allTests()) {
        const name = `${file} > ${test.fullName}`;
        const { state } = test.result();
        if (state === 'passed') summary.passed += 1;
        else if (state === 'skipped') summary.skipped.push({ name, reason: skipReason(test) });
        else summary.failed.push(name);
      }
    }
    const target = process.env['NEUTRINO_TEST_SUMMARY'];
    if (target !== undefined) writeFileSync(target, JSON.stringify(summary));
  }
}
