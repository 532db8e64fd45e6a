import { InvalidTargetVersion } from '@neutrino/lib/exceptions/agent';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json, JsonObject } from '@neutrino/lib/json';

/** An object in the form of oslo.versionedobjects, in which agents get it. */
export interface VersionedObject {
  readonly name: string;
  readonly version: string;
  readonly data: JsonObject;
  /** The fields that differ from an object that nobody touched; agents are told of them where they are named. */
  readonly changes?: readonly string[];
}

/** On the wire. Objects within the data are already. A field without a value is left out, as there. */
export function primitive({ name, version, data, changes }: VersionedObject): JsonObject {
  const present = Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
  return {
    'versioned_object.name': name,
    'versioned_object.namespace': 'versionedobjects',
    'versioned_object.version': version,
    'versioned_object.data': present,
    ...(changes && { 'versioned_object.changes': changes.filter((field) => Object.hasOwn(present, field)) }),
  };
}

/** The text of a time in the tables, as objects have it. */
export function objectTime(text: string): string {
  return `${text.replace(' ', 'T')}Z`;
}

/** Where a column holds null its field is not set, and not in the primitive. */
export function unlessNull<T extends Json>(value: T | null): T | undefined {
  return value ?? undefined;
}

/** The minor version of 1.x that an agent understands. Throws InvalidTargetVersion where it is newer than what is here. */
export function targetMinor(asked: string, newest: string): number {
  const minor = knownMinor(asked, newest);
  if (minor === undefined) throw new NeutronError(InvalidTargetVersion, { version: asked });
  return minor;
}

/** Undefined for a version that is newer than what is here, or none. */
export function knownMinor(asked: string, newest: string): number | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(asked) ?? [];
  if (minor === undefined || Number(major) > 1) return undefined;
  if (Number(major) < 1) return 0;
  return Number(minor) > Number(newest.split('.')[1]) ? undefined : Number(minor);
}

/** Without the fields. */
export function without(data: JsonObject, ...fields: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(data).filter(([name]) => !fields.includes(name)));
}
