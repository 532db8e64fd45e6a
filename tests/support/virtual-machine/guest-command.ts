import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QemuOutcome } from './qemu.ts';

export interface GuestResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface GuestCommand {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Puts a command into the folder of results, from which the guest takes it. */
export function writeCommand(results: string, { argv, cwd, env }: GuestCommand): void {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quote(value)}\n`);
  writeFileSync(join(results, 'command'), `cd ${quote(cwd)}\n${exports.join('')}exec ${argv.map(quote).join(' ')}\n`);
}

/** What the guest left in the folder. Throws, with all that is known, where it did not come to the command's end. */
export function readResult(results: string, { argv }: Pick<GuestCommand, 'argv'>, { console, late }: QemuOutcome, timeoutMs: number): GuestResult {
  const read = (name: string): string => readIfPresent(join(results, name));
  const status = read('status').trim();
  if (status === '') {
    throw new Error(`${argv.join(' ')}: the guest ${late ? `was not done after ${timeoutMs / 1000} s` : 'died'}:\n${[console, read('stdout'), read('stderr')].map((text) => text.slice(-4000)).join('\n')}`);
  }
  return { status: Number(status), stdout: read('stdout'), stderr: read('stderr') };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
