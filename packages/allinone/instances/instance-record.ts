import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeWhole, type StateDirectory } from '../state-directory.ts';

/**
 * An instance: a network namespace that plays a virtual machine. Its record is written before anything
 * of it is made in the kernel, so that whatever a kill leaves behind can be found and finished or removed.
 */
export interface InstanceRecord {
  readonly id: string;
  readonly name: string;
  readonly projectId: string;
  readonly portId: string;
  readonly networkId: string;
  readonly macAddress: string;
  readonly mtu: number;
  /** The port was made for this instance and goes with it. */
  readonly ownsPort: boolean;
  readonly createdAt: string;
}

const RECORD_KEYS = ['id', 'name', 'projectId', 'portId', 'networkId', 'macAddress', 'mtu', 'createdAt'] as const;

export interface Lease {
  readonly address: string;
  readonly mask: string;
  readonly router: string;
  readonly server: string;
  /** Seconds. */
  readonly lease: string;
  readonly mtu: string;
}

const FOLDER_NAME = /^[\w-]+$/;

export function instanceDirectory(state: StateDirectory, id: string): string {
  return join(state.instances, id);
}

export function saveInstance(state: StateDirectory, record: InstanceRecord): void {
  mkdirSync(instanceDirectory(state, record.id), { recursive: true, mode: 0o700 });
  writeWhole(join(instanceDirectory(state, record.id), 'instance.json'), JSON.stringify(record, null, 2));
}

/** The record of that id in the directory of all records. Any text may be asked for, so a path that leads elsewhere finds nothing. */
export function instanceIn(directory: string, id: string): InstanceRecord | undefined {
  return FOLDER_NAME.test(id) ? readJson<InstanceRecord>(join(directory, id, 'instance.json'), RECORD_KEYS) : undefined;
}

export function listInstances(state: StateDirectory): readonly InstanceRecord[] {
  let ids: readonly string[];
  try {
    ids = readdirSync(state.instances);
  } catch {
    return [];
  }
  return ids
    .map((id) => instanceIn(state.instances, id))
    .filter((record) => record !== undefined)
    .sort((a, b) => a.createdAt.localeCompare(b.createdAt));
}

/** By id or name. Throws where there is none, or where the name is not unique. */
export function findInstance(state: StateDirectory, nameOrId: string): InstanceRecord {
  const found = listInstances(state).filter((record) => record.id === nameOrId || record.name === nameOrId);
  const [only] = found;
  if (only === undefined) throw new Error(`no instance "${nameOrId}"`);
  if (found.length > 1) throw new Error(`${found.length} instances are called "${nameOrId}": name one by its id`);
  return only;
}

export function forgetInstance(state: StateDirectory, id: string): void {
  rmSync(instanceDirectory(state, id), { recursive: true, force: true });
}

export function readLease(state: StateDirectory, id: string): Lease | undefined {
  return readJson<Lease>(join(instanceDirectory(state, id), 'lease.json'), ['address', 'mask', 'server']);
}
