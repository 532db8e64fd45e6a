import { optionKey, splitName } from './config-sources.ts';
import { sectionKey, type OptionSections, type OptionTable } from './option.ts';
import type { FileEntry, OsloFile } from './oslo-file.ts';

/**
 * The files as if every option stood where it is looked for: an option with `namesSectionOf`, such as auth_section, sends the
 * reader to another section for those named there, and what its own section says of them does not count.
 */
export function followSections(sections: OptionSections, files: readonly OsloFile[]): readonly OsloFile[] {
  let followed = files;
  for (const [section, table] of Object.entries(sections)) {
    for (const [name, { namesSectionOf }] of Object.entries(table)) {
      const other = namesSectionOf === undefined ? undefined : lastValue(followed, optionKey(section, name));
      if (namesSectionOf === undefined || other === undefined || sectionKey(other) === sectionKey(section)) continue;
      const names = new Set(namesSectionOf.flatMap((each) => namesIn(table, each)));
      const stays = (entry: FileEntry): boolean => !(entry.section === sectionKey(section) && names.has(entry.name));
      const isElsewhere = ({ section: from, name: its }: FileEntry): boolean => from === sectionKey(other) && names.has(its);
      const isRead = Object.keys(sections).some((known) => sectionKey(known) === sectionKey(other));
      followed = followed.map(({ file, entries }) => ({
        file,
        entries: entries.filter(stays).flatMap((entry) => (isElsewhere(entry) ? [...(isRead ? [entry] : []), { ...entry, section: sectionKey(section) }] : [entry])),
      }));
    }
  }
  return followed;
}

function lastValue(files: readonly OsloFile[], key: string): string | undefined {
  const value = files.flatMap(({ entries }) => entries).findLast((entry) => optionKey(entry.section, entry.name) === key)?.value.trim();
  return value === '' ? undefined : value;
}

/** An option's name and its older ones in the same section. */
function namesIn(table: OptionTable, name: string): readonly string[] {
  const older = (table[name]?.deprecated ?? []).map((each) => splitName(each, '')).flatMap(([section, its]) => (section === '' ? [its] : []));
  return [name, ...older];
}
