import type { FileSummary } from './summary-reporter.ts';

/** What came of a run of tests, or of checks. */
export interface Outcome {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: FileSummary['skipped'];
  /** Among those that passed: what failed at first. */
  readonly unstable: readonly string[];
}

/** More files than these that fail have a common cause. */
const MOST_FILES_AGAIN = 4;

/** The files that are worth another run. */
export function toRunAgain(files: readonly FileSummary[]): readonly FileSummary[] {
  const broken = files.filter(({ failed }) => failed.length > 0);
  return broken.length <= MOST_FILES_AGAIN ? broken : [];
}

/** `again`: what the second run of some of the files came to. What failed has to pass there: a test that is skipped, or not there any more, does not. */
export function outcomeOf(files: readonly FileSummary[], again: readonly FileSummary[], unhandled: readonly string[]): Outcome {
  const outcomes = files.map((first) => {
    const second = again.find(({ project, file }) => project === first.project && file === first.file);
    if (second === undefined) return { last: first, failed: first.failed, unstable: [] };
    const failed = [...new Set([...second.failed, ...first.failed.filter((name) => !isPassed(name, second))])];
    return { last: second, failed, unstable: first.failed.filter((name) => !failed.includes(name)) };
  });
  return {
    passed: outcomes.reduce((sum, { last }) => sum + last.passed.length, 0),
    failed: [...unhandled, ...outcomes.flatMap(({ failed }) => failed)],
    skipped: outcomes.flatMap(({ last, failed }) => last.skipped.filter(({ name }) => !failed.includes(name))),
    unstable: outcomes.flatMap(({ unstable }) => unstable),
  };
}

/** A test by its name; a suite or file, of which a hook or the whole had failed, by a test in it. */
function isPassed(name: string, { passed }: FileSummary): boolean {
  return passed.some((each) => each === name || each.startsWith(`${name} > `));
}

/** A table, what is to be told by name, and the sum. */
export function toldOutcome(parts: Readonly<Record<string, Outcome>>): string {
  const all = Object.values(parts);
  const [skipped, failed, unstable] = [all.flatMap((part) => part.skipped), all.flatMap((part) => part.failed), all.flatMap((part) => part.unstable)];
  const passed = all.reduce((sum, part) => sum + part.passed, 0);
  return [
    '            passed   failed  skipped',
    ...Object.entries(parts).map(([name, part]) => `${name.padEnd(9)}${[part.passed, part.failed.length, part.skipped.length].map((count) => String(count).padStart(9)).join('')}`),
    '',
    ...skipped.map(({ name, reason }) => `SKIPPED ${name} — ${reason}`),
    ...unstable.map((name) => `UNSTABLE ${name} — failed at first, passed with nothing beside it`),
    ...failed.map((name) => `FAILED ${name}`),
    `${passed} passed, ${failed.length} failed, ${skipped.length} skipped${unstable.length > 0 ? ` (${unstable.length} of the passed unstable)` : ''}`,
  ].join('\n');
}
