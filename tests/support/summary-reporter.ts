import { writeFileSync } from 'node:fs';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

/** What came of the tests of a file in a project of vitest's configuration. */
export interface FileSummary {
  readonly project: string;
  readonly file: string;
  readonly passed: readonly string[];
  /** Failed tests, and the file and hooks where they failed outside any test. */
  readonly failed: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export interface TestSummary {
  readonly files: readonly FileSummary[];
  /** What failed outside any file. */
  readonly unhandled: readonly string[];
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

function fileSummary(testModule: TestModule): FileSummary {
  const { name: project } = testModule.project;
  const name = project === '' || project === 'tests' ? testModule.relativeModuleId : `${testModule.relativeModuleId} on ${project}`;
  const tests = [...testModule.children.allTests()].map((test) => ({ test, name: `${name} > ${test.fullName}`, state: test.result().state }));
  return {
    project,
    file: testModule.relativeModuleId,
    passed: tests.filter(({ state }) => state === 'passed').map((test) => test.name),
    failed: [
      ...(testModule.errors().length > 0 ? [name] : []),
      ...[...testModule.children.allSuites()].filter((suite) => suite.errors().length > 0).map((suite) => `${name} > ${suite.fullName}`),
      ...tests.filter(({ state }) => state !== 'passed' && state !== 'skipped').map((test) => test.name),
    ],
    skipped: tests.filter(({ state }) => state === 'skipped').map(({ test, name: skipped }) => ({ name: skipped, reason: skipReason(test) })),
  };
}

/** Writes what came of every test to the file that NEUTRINO_TEST_SUMMARY names. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    const summary: TestSummary = { files: modules.map(fileSummary), unhandled: unhandled.map((error) => `outside any test: ${error.message}`) };
    const target = process.env['NEUTRINO_TEST_SUMMARY'];
    if (target !== undefined) writeFileSync(target, JSON.stringify(summary));
  }
}
