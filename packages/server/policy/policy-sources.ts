import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readPolicyFile } from './policy-file.ts';

/** Where an operator's rules are. */
export interface PolicySources {
  /** [oslo_policy] policy_file; undefined where there is none at the moment. */
  file(): string | undefined;
  /** [oslo_policy] policy_dirs, those that exist at the moment. */
  directories(): readonly string[];
}

/** The rules of all files: a directory's override the file's, and a later file those before it. Throws Error naming file and rule. */
export function readPolicySources(sources: PolicySources): Readonly<Record<string, string>> {
  return Object.assign({}, ...policyFiles(sources).map((path) => readPolicyFile(path) ?? {})) as Record<string, string>;
}

/** Differs from an earlier one where a file has come, gone or changed since. */
export function stampOf(sources: PolicySources): string {
  return policyFiles(sources)
    .map((path) => {
      const found = statSync(path, { throwIfNoEntry: false });
      return `${path} ${found?.mtimeMs} ${found?.size} ${found?.ino}`;
    })
    .join('\n');
}

/** Hidden files of a directory, such as an editor's, are none of ours. */
function policyFiles(sources: PolicySources): readonly string[] {
  const file = sources.file();
  const inDirectories = sources.directories().flatMap((directory) =>
    readdirSync(directory, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => join(directory, name))
      .toSorted(),
  );
  return [...(file === undefined ? [] : [file]), ...inDirectories];
}
