import { sectionKey } from './option.ts';
import type { OsloFile } from './oslo-file.ts';

/** A value that was given. */
export interface GivenValue {
  readonly section: string;
  readonly name: string;
  readonly value: string;
}

/** A given value, and "FILE:LINE" or "command line". */
export interface LocatedValue extends GivenValue {
  readonly from: string;
}

/** What one file, or the command line, says: `optionKey` → the values in the order given. */
export type Layer = ReadonlyMap<string, readonly LocatedValue[]>;

export function optionKey(section: string, name: string): string {
  return `${sectionKey(section)}.${name}`;
}

/** "name" of `section`, or "SECTION.name", in its two parts. */
export function splitName(name: string, section: string): readonly [section: string, name: string] {
  const dot = name.indexOf('.');
  return dot === -1 ? [section, name] : [name.slice(0, dot), name.slice(dot + 1)];
}

/** The sources from the weakest to the strongest: files in the order given, then the command line. */
export function layersOf(files: readonly OsloFile[], overrides: readonly GivenValue[]): readonly Layer[] {
  return [...files.map(({ file, entries }) => layer(entries.map((entry) => ({ ...entry, from: `${file}:${entry.line}` })))), layer(overrides.map((value) => ({ ...value, from: 'command line' })))];
}

function layer(values: readonly LocatedValue[]): Layer {
  return Map.groupBy(values, ({ section, name }) => optionKey(section, name));
}
