import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { GivenValue } from '@neutrino/lib/conf/config-sources';
import { implementedOptions } from '@neutrino/lib/conf/implemented-options';
import { knownOptions } from '@neutrino/lib/conf/known-options';
import type { OptionSections } from '@neutrino/lib/conf/option';
import { MalformedFile, parseOsloFile, type OsloFile } from '@neutrino/lib/conf/oslo-file';
import { ConfigError, resolveConfig, type ResolvedConfig } from '@neutrino/lib/conf/resolve';
import { findConfigFiles } from './find-config-files.ts';

export interface ConfigPaths {
  /** `--config-file`: each must exist; a later one overrides an earlier one. */
  readonly configFiles: readonly string[];
  /** `--config-dir`: their `*.conf` files, in the order of their names, override the files above. */
  readonly configDirs: readonly string[];
  /** Names looked up in the usual places where neither is given; those that exist are read. */
  readonly defaultFiles?: readonly string[];
  /** What the command line says about single options. */
  readonly overrides?: readonly GivenValue[];
}

export interface LoadedConfig<S extends OptionSections> extends ResolvedConfig<S> {
  /** The files that were read, absolute, the weakest first. */
  readonly files: readonly string[];
}

/**
 * Reads the files and works out every option's value. Throws ConfigError, which names file, line and
 * reason of all that is wrong at once.
 */
export function loadConfig<S extends OptionSections>(sections: S, paths: ConfigPaths): LoadedConfig<S> {
  const asked = paths.configFiles.length > 0 || paths.configDirs.length > 0;
  const problems: string[] = [];
  const attempt = <T>(action: () => T, otherwise: T): T => {
    try {
      return action();
    } catch (error) {
      problems.push(error instanceof MalformedFile ? error.message : `cannot be read: ${(error as Error).message}`);
      return otherwise;
    }
  };
  const names = asked
    ? [...paths.configFiles.map((name) => resolve(name)), ...paths.configDirs.flatMap((directory) => attempt(() => filesOf(resolve(directory)), []))]
    : findConfigFiles(paths.defaultFiles ?? []);
  const files = names.flatMap((name): OsloFile[] => attempt(() => [parseOsloFile(readFileSync(name, 'utf8'), name)], []));
  if (problems.length > 0) throw new ConfigError(problems);
  const resolved = resolveConfig(sections, { files, overrides: paths.overrides ?? [], otherPrograms: implementedOptions, known: knownOptions });
  return { ...resolved, files: names };
}

function filesOf(directory: string): readonly string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.conf'))
    .toSorted()
    .map((name) => join(directory, name));
}
