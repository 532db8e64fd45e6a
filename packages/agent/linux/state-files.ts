import { accessSync, chmodSync, constants, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the folder so that dnsmasq, which gives up root, can read below it. */
export function ensureReadableDirectory(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}

/** Replaces the file in one step unless it has these contents already. Returns whether it did. */
export function writeIfChanged(path: string, contents: string, mode = 0o644): boolean {
  if (readIfPresent(path) === contents) return false;
  const temporary = `${path}.new`;
  // Never for a moment readable by more than are to read it; umask takes away, so that the mode is set again.
  writeFileSync(temporary, contents, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
  return true;
}

export function readIfPresent(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export function removeDirectory(path: string): void {
  rmSync(path, { recursive: true, force: true });
}

/** Names of the entries of the folder that are UUIDs; none where it does not exist. */
export function listUuids(directory: string): readonly string[] {
  try {
    accessSync(directory, constants.R_OK);
  } catch {
    return [];
  }
  return readdirSync(directory).filter((name) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(name));
}

/** Whether users without privilege can reach files in the folder: each folder on the way lets others through. */
export function isReachableByOthers(directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    if ((statSync(path).mode & 0o001) === 0) return false;
    if (path === dirname(path)) return true;
  }
}
