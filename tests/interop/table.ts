import type { Outcome } from './outcome.ts';

/** Checks below each other, combinations beside each other, and what went wrong beneath. */
export function table(results: ReadonlyMap<string, readonly Outcome[]>): string {
  const checks = [...new Set([...results.values()].flat().map(({ check }) => check))];
  const names = [...results.keys()];
  const cell = (name: string, check: string): string => {
    const outcome = results.get(name)?.find((each) => each.check === check);
    return outcome === undefined ? '-' : `${outcome.problem === undefined ? 'ok' : 'FAILED'} ${outcome.seconds.toFixed(1)} s`;
  };
  const rows = [['', ...names], ...checks.map((check) => [check, ...names.map((name) => cell(name, check))])];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = rows.map((row) => row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ').trimEnd());
  const failed = [...results].flatMap(([name, outcomes]) => outcomes.filter(({ problem }) => problem !== undefined).map(({ check, problem }) => `${name}: ${check}: ${String(problem)}`));
  return [...lines, ...failed].join('\n');
}
