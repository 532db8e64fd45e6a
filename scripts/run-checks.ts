import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';

const ROOT = resolve(import.meta.dirname, '..');

interface Check {
  readonly name: string;
  /** Programs of node_modules/.bin come before the system's. */
  readonly argv: readonly [string, ...string[]];
}

const CHECKS: readonly Check[] = [
  { name: 'the packages compile', argv: ['scripts/build.sh'] },
  { name: 'tests and scripts have the right types', argv: ['tsc', '-p', 'tests/tsconfig.json'] },
  { name: 'lint, with the types known', argv: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'imports point one way', argv: ['node', 'scripts/check-imports.ts'] },
  { name: 'no dead code and no unused dependency', argv: ['knip', '--no-progress'] },
];

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  /** What the tool said. */
  readonly output: string;
}

async function runCheck({ name, argv: [program, ...args] }: Check): Promise<CheckResult> {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: `${resolve(ROOT, 'node_modules/.bin')}:${process.env['PATH']}`, NO_COLOR: '1' },
  });
  const ended = new Promise<number | null>((settle, fail) => child.once('close', settle).once('error', fail));
  const [code, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)]);
  return { name, passed: code === 0, output: `${stdout.toString()}${stderr.toString()}`.trim() };
}

/** Runs one check after another; prints a line for each, and what its tool said where it failed. */
export async function runChecks(): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  for (const check of CHECKS) {
    const begun = performance.now();
    const result = await runCheck(check);
    console.log(`${result.passed ? '✓' : '✗'} ${check.name} (${check.argv.join(' ')}, ${((performance.now() - begun) / 1000).toFixed(1)} s)`);
    if (!result.passed) console.log(result.output.replaceAll(/^/gm, '    '));
    results.push(result);
  }
  return results;
}
