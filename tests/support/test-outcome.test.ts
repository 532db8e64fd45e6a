import { expect, test } from 'vitest';
import type { FileSummary } from './summary-reporter.ts';
import { outcomeOf, toldOutcome, toRunAgain } from './test-outcome.ts';

const file = (name: string, { passed = [], failed = [], skipped = [] }: { readonly passed?: readonly string[]; readonly failed?: readonly string[]; readonly skipped?: readonly string[] }): FileSummary => {
  const inFile = (each: string): string => (each === '' ? name : `${name} > ${each}`);
  return { project: 'tests', file: name, passed: passed.map(inFile), failed: failed.map(inFile), skipped: skipped.map((each) => ({ name: inFile(each), reason: 'none' })) };
};
const lastLine = (...[files, again, unhandled = []]: [readonly FileSummary[], readonly FileSummary[], (readonly string[])?]): string | undefined => toldOutcome({ checks: { passed: 5, failed: [], skipped: [], unstable: [] }, tests: outcomeOf(files, again, unhandled) }).split('\n').at(-1);

const good = file('good', { passed: ['a', 'b'], skipped: ['c'] });
const broken = file('broken', { passed: ['a'], failed: ['b'] });

test('what fails twice is refused, and the sum counts it once', () => {
  expect(lastLine([good, broken], [broken])).toBe('8 passed, 1 failed, 1 skipped');
  expect(lastLine([good, broken], [])).toBe('8 passed, 1 failed, 1 skipped');
  expect(toldOutcome({ tests: outcomeOf([broken], [broken], []) })).toContain('\nFAILED broken > b\n');
});

test('what passes the second time is among the passed, and named', () => {
  expect(lastLine([good, broken], [file('broken', { passed: ['a', 'b'] })])).toBe('9 passed, 0 failed, 1 skipped (1 of the passed unstable)');
  expect(outcomeOf([broken], [file('broken', { passed: ['a', 'b'] })], []).unstable).toEqual(['broken > b']);
  const hook = file('hook', { failed: ['suite'], skipped: ['suite > a'] });
  expect(outcomeOf([hook], [file('hook', { passed: ['suite > a'] })], [])).toEqual({ passed: 1, failed: [], skipped: [], unstable: ['hook > suite'] });
  expect(outcomeOf([file('whole', { failed: [''] })], [file('whole', { passed: ['a'] })], [])).toEqual({ passed: 1, failed: [], skipped: [], unstable: ['whole'] });
});

test('what only does not fail the second time has not passed', () => {
  for (const second of [{ passed: ['a'], skipped: ['b'] }, { passed: ['a'] }, { failed: ['suite'], skipped: ['a', 'b'] }]) {
    const { failed, unstable, skipped } = outcomeOf([broken], [file('broken', second)], []);
    expect(failed).toContain('broken > b');
    expect(unstable).toEqual([]);
    expect(skipped.map(({ name }) => name)).not.toContain('broken > b');
  }
});

test('what fails another way the second time is refused', () => {
  expect(outcomeOf([broken], [file('broken', { passed: ['b'], failed: ['a'] })], [])).toMatchObject({ passed: 1, failed: ['broken > a'], unstable: ['broken > b'] });
  expect(lastLine([good], [], ['outside any test: no memory'])).toBe('7 passed, 1 failed, 1 skipped');
});

test('the same file in another project has its own second run', () => {
  const elsewhere = { ...broken, project: 'MariaDB' };
  expect(outcomeOf([broken, elsewhere], [file('broken', { passed: ['a', 'b'] })], []).failed).toEqual(['broken > b']);
});

test('a few files are run again, not many', () => {
  const many = (count: number): readonly FileSummary[] => [good, ...Array.from({ length: count }, (_, index) => ({ ...broken, file: `${index}` }))];
  expect([toRunAgain(many(4)).length, toRunAgain(many(5)).length]).toEqual([4, 0]);
});
