import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { isJsonObject } from '@neutrino/lib/json';

/** Where everything that outlives the process is kept. One running `neutrino` per directory. */
export interface StateDirectory {
  readonly path: string;
  readonly database: string;
  readonly cloudsYaml: string;
  readonly openrc: string;
  readonly instances: string;
  /** What names the private host: pid and start time of its holder. */
  readonly holder: string;
  /** The running service: pid, start time and addresses. */
  readonly service: string;
  /** The process that runs the agents. */
  readonly hostProcess: string;
  /** What the host process is started with; holds a secret. */
  readonly hostSettings: string;
  readonly logs: string;
  /** The agents' own state (`state_path`). */
  readonly agents: string;
  readonly metadataSecret: string;
}

/** /var/lib/neutrino for root, the XDG state directory for everyone else. */
export function defaultStateDirectory(): string {
  if (process.getuid?.() === 0) return '/var/lib/neutrino';
  return join(process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state'), 'neutrino');
}

export function openStateDirectory(path: string): StateDirectory {
  const state = describeStateDirectory(path);
  try {
    for (const directory of [state.path, state.instances, state.logs, state.agents]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  } catch (error) {
    throw new CannotStart(`the state directory cannot be used: ${(error as Error).message}; --state-dir names another one`, { cause: error });
  }
  return state;
}

/** Whether `openStateDirectory` made it. */
export function isStateDirectory(state: StateDirectory): boolean {
  return [state.instances, state.logs, state.agents].every((directory) => existsSync(directory));
}

export function describeStateDirectory(given: string): StateDirectory {
  // Others, started elsewhere, read paths of it.
  const path = resolve(given);
  return {
    path,
    database: join(path, 'neutron.sqlite'),
    cloudsYaml: join(path, 'clouds.yaml'),
    openrc: join(path, 'openrc'),
    instances: join(path, 'instances'),
    holder: join(path, 'holder.json'),
    service: join(path, 'service.json'),
    hostProcess: join(path, 'host-process.json'),
    hostSettings: join(path, 'host-settings.json'),
    logs: join(path, 'log'),
    agents: join(path, 'agents'),
    metadataSecret: join(path, 'metadata-secret'),
  };
}

/** Replaces the file in one step, readable by its owner only: a reader sees the old or the new text, never a part. */
export function writeWhole(file: string, text: string): void {
  const fresh = `${file}.${process.pid}.new`;
  try {
    writeFileSync(fresh, text, { mode: 0o600 });
    chmodSync(fresh, 0o600);
    renameSync(fresh, file);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new Error(`${file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The JSON object in the file, where all of `keys` are strings or numbers; undefined where it is missing, or damaged by something else. */
export function readJson<T>(file: string, keys: readonly (keyof T & string)[]): T | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return isJsonObject(value) && keys.every((key) => ['string', 'number'].includes(typeof value[key])) ? (value as T) : undefined;
  } catch {
    return undefined;
  }
}

export function remove(file: string): void {
  rmSync(file, { force: true });
}
