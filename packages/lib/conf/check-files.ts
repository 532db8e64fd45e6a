import type { OptionSections } from './option.ts';
import type { OsloFile } from './oslo-file.ts';
import { ConfigError, resolveConfig } from './resolve.ts';
import { reviewFiles, type ConfigWarning, type OptionNames } from './review-files.ts';

/** What stands in a file that should not, or has no effect. */
export interface Finding {
  readonly kind: ConfigWarning['kind'] | 'invalid';
  /** Begins with file and line. */
  readonly message: string;
}

export interface CheckSources {
  /** A later file overrides an earlier one, as for the programs themselves. */
  readonly files: readonly OsloFile[];
  readonly implemented: OptionNames;
  readonly known: OptionNames;
}

/** Everything that any of the programs would say of these files, each thing once, in the order of files and lines. */
export function checkFiles(programs: readonly OptionSections[], { files, implemented, known }: CheckSources): readonly Finding[] {
  const sources = { files, otherPrograms: implemented, known };
  const findings = programs.flatMap((sections): readonly Finding[] => {
    try {
      return resolveConfig(sections, sources).warnings;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return [...error.problems.map((message): Finding => ({ kind: 'invalid', message })), ...reviewFiles(sections, sources)];
    }
  });
  return inOrder([...new Map(findings.map((finding) => [finding.message, finding])).values()], files.map(({ file }) => file));
}

/** By file as they were given, and by line; what has no place, at the end. */
export function inOrder(findings: readonly Finding[], files: readonly string[]): readonly Finding[] {
  const placeOf = ({ message }: Finding): readonly [number, number] => {
    const file = files.findIndex((each) => message.startsWith(`${each}:`));
    return file === -1 ? [files.length, 0] : [file, Number.parseInt(message.slice((files[file]?.length ?? 0) + 1), 10)];
  };
  return findings.toSorted((a, b) => {
    const [[fileA, lineA], [fileB, lineB]] = [placeOf(a), placeOf(b)];
    return fileA - fileB || lineA - lineB;
  });
}
