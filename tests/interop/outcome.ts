import { setTimeout as sleep } from 'node:timers/promises';

/** What one check said: nothing where it holds. */
export interface Outcome {
  readonly check: string;
  readonly problem: string | undefined;
  readonly seconds: number;
}

export type Note = (outcome: Outcome) => void;

/** How long Python's agents may take, each of whose helpers takes ten seconds to start where the machine is busy; ours are quicker. */
const PATIENCE_S = 240;

/** Does checks one after the other, each under its name behind the prefix; one that fails keeps none from being done. */
export function checker(prefix: string, note: Note): (name: string, look: () => Promise<string | undefined>) => Promise<void> {
  return async (name, look) => {
    const started = performance.now();
    const problem = await look().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    note({ check: `${prefix}: ${name}`, problem, seconds: (performance.now() - started) / 1000 });
  };
}

/** Looks until there is no problem, or patience ends. */
export async function eventually(look: () => Promise<string | undefined>): Promise<string | undefined> {
  for (const deadline = performance.now() + PATIENCE_S * 1000; ; await sleep(500)) {
    const problem = await look();
    if (problem === undefined || performance.now() > deadline) return problem;
  }
}

/** Those of which `look` does not say what is expected, in words. */
export async function unless<T>(these: readonly T[], expected: boolean, look: (one: T) => Promise<boolean>): Promise<readonly string[]> {
  const seen = await Promise.all(these.map(look));
  return seen.flatMap((one, index) => (one === expected ? [] : [`number ${index + 1} is ${expected ? 'not reached' : 'reached'}`]));
}

export function problems(all: readonly string[]): string | undefined {
  return all.length === 0 ? undefined : all.join('; ');
}
