import { optionKey, splitName } from './config-sources.ts';
import { nearestName } from './nearest-name.ts';
import { sectionKey, type OptionSections } from './option.ts';
import type { FileEntry, OsloFile } from './oslo-file.ts';

/** Section (as `sectionKey` gives it) → names of options, or "*" for every name. */
export type OptionNames = Readonly<Record<string, readonly string[]>>;

const anyName = '*';

/** Something in a file that does not stop the program, but that its operator should know. */
export interface ConfigWarning {
  /** An older name or value; known elsewhere but without effect here; or known nowhere. */
  readonly kind: 'deprecated' | 'no-effect' | 'unknown';
  /** Begins with file and line. */
  readonly message: string;
}

export interface ReviewSources {
  readonly files: readonly OsloFile[];
  readonly otherPrograms: OptionNames;
  readonly known: OptionNames;
}

/** What the files say that is outdated, or that nothing listens to. Each option is reported once. */
export function reviewFiles(sections: OptionSections, { files, otherPrograms, known }: ReviewSources): readonly ConfigWarning[] {
  const own = describeOwnOptions(sections);
  const ownNames = namesOf(sections);
  const warnings: ConfigWarning[] = [];
  const seen = new Set<string>();

  for (const { file, entries } of files) {
    const withoutEffect = new Map<string, FileEntry[]>();
    for (const entry of entries) {
      const key = optionKey(entry.section, entry.name);
      if (seen.has(key)) continue;
      seen.add(key);
      const where = `${file}:${entry.line}`;
      if (own.has(key)) {
        const deprecation = own.get(key);
        if (deprecation !== undefined) warnings.push({ kind: 'deprecated', message: `${where}: [${entry.writtenSection}] ${entry.name} is deprecated: ${deprecation}` });
      } else if (has(otherPrograms, entry)) {
        continue;
      } else if (has(known, entry)) {
        withoutEffect.set(entry.section, [...(withoutEffect.get(entry.section) ?? []), entry]);
      } else {
        warnings.push({ kind: 'unknown', message: `${where}: ${describeUnknown(entry, [ownNames, otherPrograms, known])}` });
      }
    }
    for (const group of withoutEffect.values()) warnings.push(describeWithoutEffect(file, group));
  }
  return warnings;
}

/** Each key that the program reads → what is outdated about it, or undefined for a current name. */
function describeOwnOptions(sections: OptionSections): ReadonlyMap<string, string | undefined> {
  const own = new Map<string, string | undefined>();
  for (const [section, table] of Object.entries(sections)) {
    for (const [name, { deprecated = [], deprecatedForRemoval }] of Object.entries(table)) {
      for (const older of deprecated) own.set(optionKey(...splitName(older, section)), `use [${section}] ${name}`);
      own.set(optionKey(section, name), deprecatedForRemoval);
    }
  }
  return own;
}

/** The names by section, the older ones not among them: nobody should be led to those. */
function namesOf(sections: OptionSections): OptionNames {
  return Object.fromEntries(Object.entries(sections).map(([section, table]) => [sectionKey(section), Object.keys(table)]));
}

function has(names: OptionNames, { section, name }: FileEntry): boolean {
  const inSection = Object.hasOwn(names, section) ? (names[section] ?? []) : [];
  return inSection.includes(name) || inSection.includes(anyName);
}

function describeWithoutEffect(file: string, group: readonly FileEntry[]): ConfigWarning {
  const [first] = group;
  const names = group.map(({ name }) => name).join(', ');
  return { kind: 'no-effect', message: `${file}:${first?.line}: known to OpenStack, but without effect here: [${first?.writtenSection}] ${names}` };
}

function describeUnknown({ section, writtenSection, name }: FileEntry, sources: readonly OptionNames[]): string {
  const written = `[${writtenSection}] ${name}`;
  const inSection = new Set(sources.flatMap((names) => (Object.hasOwn(names, section) ? (names[section] ?? []) : [])));
  if (inSection.size === 0) {
    const near = nearestName(section, sources.flatMap((names) => Object.keys(names)));
    return `unknown section of option ${written}${near === undefined ? '' : `; did you mean [${near}]?`}`;
  }
  const near = nearestName(name, inSection);
  if (near !== undefined) return `unknown option ${written}; did you mean ${near}?`;
  const elsewhere = sources.flatMap((names) => Object.keys(names).filter((other) => (names[other] ?? []).includes(name)))[0];
  return `unknown option ${written}${elsewhere === undefined ? '' : `; did you mean the one of section [${elsewhere}]?`}`;
}
