import { layersOf, optionKey, splitName, type GivenValue, type Layer, type LocatedValue } from './config-sources.ts';
import { followSections } from './follow-sections.ts';
import { sectionKey, type ConfigValues, type Option, type OptionSections } from './option.ts';
import type { OsloFile } from './oslo-file.ts';
import { reviewFiles, type ConfigWarning, type OptionNames } from './review-files.ts';
import { substitute } from './substitute.ts';

export interface ConfigSources {
  /** In the order given: a later file overrides an earlier one. */
  readonly files: readonly OsloFile[];
  /** What the command line says; it overrides every file. */
  readonly overrides?: readonly GivenValue[];
  /** Options that other programs of this project read from the same files. */
  readonly otherPrograms?: OptionNames;
  /** All options of OpenStack's own programs, to tell what has no effect here from what is misspelt. */
  readonly known?: OptionNames;
}

export interface ResolvedConfig<S extends OptionSections> {
  readonly values: ConfigValues<S>;
  readonly warnings: readonly ConfigWarning[];
}

/** The configuration is wrong. `problems` holds one line each: where, which option, why. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** Every option's value, and what an operator should know of the files. Throws ConfigError with all bad values at once. */
export function resolveConfig<S extends OptionSections>(sections: S, sources: ConfigSources): ResolvedConfig<S> {
  const { overrides = [], otherPrograms = {}, known = {} } = sources;
  const files = followSections(sections, sources.files);
  const reader = createReader(sections, layersOf(files, overrides));
  const problems: string[] = [];
  const outdated: ConfigWarning[] = [];
  const values: Record<string, Record<string, unknown>> = {};

  for (const [section, table] of Object.entries(sections)) {
    const sectionValues: Record<string, unknown> = {};
    for (const [name, option] of Object.entries(table)) {
      const found = reader.find(section, name, option);
      const where = `${found.at(-1)?.from ?? 'default'}: [${section}] ${name}`;
      try {
        const value = reader.read(section, option, found);
        sectionValues[name] = value;
        const reason = found.length === 0 ? undefined : option.outdatedValue?.(value);
        if (reason !== undefined) outdated.push({ kind: 'deprecated', message: `${where}: ${reason}` });
      } catch (error) {
        problems.push(`${where}: ${option.secret === true ? `not ${option.type.kind} (the value is secret)` : (error as Error).message}`);
      }
    }
    values[section] = Object.freeze(sectionValues);
  }
  if (problems.length > 0) throw new ConfigError(problems);
  const warnings = [...reviewFiles(sections, { files, otherPrograms, known }), ...outdated];
  return { values: Object.freeze(values) as ConfigValues<S>, warnings };
}

interface Reader {
  /** The occurrences that count, oldest first: all of a multi-valued option, the last of another. */
  find(section: string, name: string, option: Option<unknown>): readonly LocatedValue[];
  /** The option's value from its occurrences. Throws where one cannot be read. */
  read(section: string, option: Option<unknown>, found: readonly LocatedValue[]): unknown;
}

function createReader(sections: OptionSections, layers: readonly Layer[]): Reader {
  const optionOf = (section: string, name: string): Option<unknown> | undefined => {
    const table = Object.entries(sections).find(([other]) => sectionKey(other) === sectionKey(section))?.[1];
    return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
  };

  const find: Reader['find'] = (section, name, option) => {
    const keys = [optionKey(section, name), ...(option.deprecated ?? []).map((older) => optionKey(...splitName(older, section)))];
    // Within one file the option's own name wins over its older names.
    const found = layers.map((layer) => keys.map((key) => layer.get(key)).find((values) => values !== undefined) ?? []);
    return option.multi === true ? found.flat() : found.flat().slice(-1);
  };

  /** What `$name` stands for: an option of the same section, or of DEFAULT, or "section.name". */
  const referred = (section: string, reference: string, path: readonly string[]): string | undefined => {
    const dot = reference.indexOf('.');
    const first = dot === -1 ? [section, reference] : [reference.slice(0, dot), reference.slice(dot + 1)];
    for (const [inSection = '', name = ''] of [first, ['DEFAULT', reference]]) {
      const key = optionKey(inSection, name);
      if (path.includes(key)) throw new Error(`it refers to itself: ${[...path, key].join(' -> ')}`);
      const option = optionOf(inSection, name);
      const given = option === undefined ? layers.flatMap((layer) => layer.get(key) ?? []) : find(inSection, name, option);
      const text = given.at(-1)?.value ?? option?.type.format(option.default);
      if (text !== undefined) return substitute(text, (next) => referred(inSection, next, [...path, key]));
    }
    return undefined;
  };

  return {
    find,
    read(section, option, found) {
      const expand = (text: string): string => substitute(text, (name) => referred(section, name, []));
      if (found.length === 0) return typeof option.default === 'string' ? expand(option.default) : option.default;
      const read = found.map(({ value }) => option.type.parse(expand(value)));
      return option.multi === true ? Object.freeze(read.flat()) : read[0];
    },
  };
}
