import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost } from './lab-host.ts';

const CACHE = join(import.meta.dirname, '../../../.cache/lab');

export interface Preparation {
  /** On the host. */
  readonly directory: string;
  /** The program whose data it is: another version makes its own. */
  readonly program: string;
  /** What else the data depends on. */
  readonly ingredients?: readonly string[];
  /** Fills the directory, and leaves it at rest. */
  readonly make: () => Promise<void>;
}

/** Puts a server's data there, as it was once made; it is kept with what was compiled. */
export async function prepareDirectory(host: LabHost, { directory, program, ingredients = [], make }: Preparation): Promise<void> {
  const hash = createHash('sha256').update([statSync(program).mtimeMs, ...ingredients].join('\0'));
  const kept = join(CACHE, `${program.split('/').at(-1)}-${hash.digest('hex').slice(0, 12)}`);
  await host.run(['rm', '-rf', directory]);
  if (existsSync(kept)) {
    await host.run(['cp', '-a', kept, directory]);
    return;
  }
  await host.run(['mkdir', '-p', directory]);
  await make();
  mkdirSync(CACHE, { recursive: true });
  const unfinished = `${kept}.${process.pid}`;
  // One that was killed while it copied may have had the same number.
  await host.run(['rm', '-rf', unfinished]);
  await host.run(['cp', '-a', directory, unfinished]);
  try {
    renameSync(unfinished, kept);
  } catch {
    // Another process was faster.
    rmSync(unfinished, { recursive: true, force: true });
  }
}
