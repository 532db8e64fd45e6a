import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TemporaryDirectory extends Disposable {
  readonly path: string;
}

/** A fresh directory, removed with all that is in it: `using directory = temporaryDirectory();` */
export function temporaryDirectory(mode = 0o700): TemporaryDirectory {
  const path = mkdtempSync(join(tmpdir(), 'neutrino-test-'));
  chmodSync(path, mode);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
