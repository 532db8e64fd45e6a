import { sectionKey } from './option.ts';

/** One "key = value" of a file. */
export interface FileEntry {
  /** The section as `sectionKey` gives it. */
  readonly section: string;
  /** The section as it is written. */
  readonly writtenSection: string;
  readonly name: string;
  /** Quotes removed, continuation lines joined by line feeds, nothing substituted. */
  readonly value: string;
  /** Of the key, counted from 1. */
  readonly line: number;
}

export interface OsloFile {
  readonly file: string;
  readonly entries: readonly FileEntry[];
}

/** A file that is no oslo.config file. The message says where and why. */
export class MalformedFile extends Error {
  override readonly name = 'MalformedFile';
}

/**
 * Reads a file as oslo.config does: sections in brackets; "key = value" or "key: value", at whichever sign
 * comes first; a line that begins with a blank continues the value; an empty line ends it; lines that begin
 * with # or ; are comments; one pair of equal quotes round a value's first line is taken off.
 */
export function parseOsloFile(text: string, file: string): OsloFile {
  const entries: FileEntry[] = [];
  let section: string | undefined;
  let open: { name: string; values: string[]; line: number } | undefined;

  const fail = (line: number, reason: string): never => {
    throw new MalformedFile(`${file}:${line}: ${reason}`);
  };
  const flush = (): void => {
    if (open === undefined) return;
    if (section === undefined) return fail(open.line, `option ${open.name} stands before the first [section]`);
    entries.push({ section: sectionKey(section), writtenSection: section, name: open.name, value: open.values.join('\n'), line: open.line });
    open = undefined;
  };

  for (const [index, whole] of text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/).entries()) {
    const number = index + 1;
    const line = whole.trimEnd();
    if (line !== '' && /^[ \t]/.test(line)) {
      if (open === undefined) fail(number, 'the line is indented, but there is no value before it to continue');
      else open.values.push(line.trimStart());
      continue;
    }
    flush();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    if (line.startsWith('[')) section = sectionName(line) ?? fail(number, 'a section must be a name in brackets, like [DEFAULT]');
    else open = keyAndValue(line, number) ?? fail(number, "expected a [section] or 'name = value'");
  }
  flush();
  return { file, entries };
}

function sectionName(line: string): string | undefined {
  return line.endsWith(']') && line.length > 2 ? line.slice(1, -1) : undefined;
}

function keyAndValue(line: string, number: number): { name: string; values: string[]; line: number } | undefined {
  const separator = line.search(/[=:]/);
  const name = line.slice(0, Math.max(separator, 0)).trim();
  if (name === '') return undefined;
  return { name, values: [unquoted(line.slice(separator + 1).trim())], line: number };
}

function unquoted(value: string): string {
  return /^["']/.test(value) && value.at(-1) === value[0] ? value.slice(1, -1) : value;
}
