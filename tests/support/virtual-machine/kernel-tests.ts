import type { TestContext } from 'vitest';
import { requires, virtualMachine, type Capability } from '../capabilities.ts';
import { runInVirtualMachine } from './virtual-machine.ts';

const timeout = 600_000;

export interface KernelTests {
  readonly options: ReturnType<typeof requires> & { readonly timeout: number };
  /** The test's body, or in its stead what came of it in the virtual machine. */
  readonly run: (body: () => Promise<void>) => (context: TestContext) => Promise<void>;
}

/**
 * A file's tests that need a kernel that can do something. Where this machine's cannot, the file runs once more inside a
 * virtual machine, and each test tells what came of it there.
 *
 *     const vlans = kernelTests(linkType('vlan'), import.meta.filename);
 *     test('a VLAN …', vlans.options, vlans.run(async () => { … }));
 */
export function kernelTests(kernel: Capability, file: string): KernelTests {
  if (kernel.missing() === undefined) return { options: { timeout }, run: (body) => body };
  const needs = requires({
    missing() {
      const machine = virtualMachine.missing();
      return machine === undefined ? undefined : `${kernel.missing()}, or else ${machine}`;
    },
  });
  let outcomes: Promise<ReadonlyMap<string, Outcome>> | undefined;
  return {
    options: { ...needs, timeout },
    run: () => async ({ task }) => {
      const outcome = (await (outcomes ??= outcomesInside(file))).get(task.name);
      if (outcome?.status !== 'passed') throw new Error(`in the virtual machine: ${outcome?.failureMessages.join('\n') ?? 'the test did not run'}`);
    },
  };
}

interface Outcome {
  readonly title: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

async function outcomesInside(file: string): Promise<ReadonlyMap<string, Outcome>> {
  const report = '/tmp/report.json';
  const vitest = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run', '--project', 'tests', '--reporter', 'json', '--outputFile', report, file];
  const { stdout, stderr } = await runInVirtualMachine(['sh', '-c', `"$@" >&2; cat ${report}`, 'sh', ...vitest], {
    timeoutMs: timeout - 5_000, env: { NO_COLOR: '1' },
  });
  if (!stdout.startsWith('{')) throw new Error(`the tests in the virtual machine did not come to their end:\n${stderr.slice(-4000)}`);
  const { testResults } = JSON.parse(stdout) as { readonly testResults: readonly { readonly message?: string; readonly assertionResults: readonly Outcome[] }[] };
  const problems = testResults.filter(({ assertionResults }) => assertionResults.length === 0).map(({ message }) => message);
  if (problems.length > 0) throw new Error(`in the virtual machine: ${problems.join('\n')}`);
  const outcomes = testResults.flatMap(({ assertionResults }) => assertionResults);
  // What programs printed there is lost with the guest otherwise.
  if (outcomes.some(({ status }) => status === 'failed')) process.stderr.write(stderr.slice(-8000));
  return new Map(outcomes.map((outcome) => [outcome.title, outcome]));
}
