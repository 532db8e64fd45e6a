import { accessSync, chmodSync, constants, existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TemporaryDirectory } from './temporary-directory.ts';

/** Followed by the namespace of processes, and in it the process, whose server it is for: elsewhere its number says nothing. */
const PREFIX = `neutrino-server-${/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? ''}-`;

/** A fresh directory for the data of a server that tests start: in memory where the machine has such a place. */
export function serverDirectory(): TemporaryDirectory {
  const place = inMemory() ?? tmpdir();
  sweep(place);
  const path = mkdtempSync(join(place, `${PREFIX}${process.pid}-`));
  // The server may be another user's.
  chmodSync(path, 0o711);
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/** What tests that were killed left behind. Their servers died with them. */
function sweep(place: string): void {
  for (const name of readdirSync(place)) {
    const owner = name.startsWith(PREFIX) ? /^\d+(?=-)/.exec(name.slice(PREFIX.length))?.[0] : undefined;
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) rmSync(join(place, name), { recursive: true, force: true });
  }
}

function inMemory(): string | undefined {
  try {
    accessSync('/dev/shm', constants.W_OK);
    return '/dev/shm';
  } catch {
    return undefined;
  }
}
