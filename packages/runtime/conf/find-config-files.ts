import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** Where OpenStack's programs look for their files, the most particular place first. */
function searchPlaces(): readonly string[] {
  const home = homedir();
  return [join(home, '.neutron'), home, '/etc/neutron', '/etc'];
}

/** The default files that exist, each in the first place that has it; `names` are relative: "plugins/ml2/ml2_conf.ini". */
export function findConfigFiles(names: readonly string[], places: readonly string[] = searchPlaces()): readonly string[] {
  return names.flatMap((name) => places.map((place) => join(place, name)).find((path) => existsSync(path)) ?? []);
}

/**
 * A further file that the configuration names ("policy.yaml"): an absolute path as it is; otherwise the first
 * that exists beside the files that were read, then in the usual places. undefined where there is none.
 */
export function findBeside(name: string, read: readonly string[], places: readonly string[] = searchPlaces()): string | undefined {
  const directories = isAbsolute(name) ? ['/'] : [...read.map((file) => dirname(file)), ...places];
  return directories.map((directory) => resolve(directory, name)).find((path) => existsSync(path));
}
