import { accessSync, chmodSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemporaryDirectory } from './temporary-directory.ts';

/** A fresh directory for the data of a server that tests start: in memory where the machine has such a place. */
export function serverDirectory(): TemporaryDirectory {
  const path = mkdtempSync(join(inMemory() ?? tmpdir(), 'neutrino-server-'));
  // The server may be another user's.
  chmodSync(path, 0o711);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

function inMemory(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return undefined;
  }
}
