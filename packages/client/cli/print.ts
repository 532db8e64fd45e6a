import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { stringify } from 'yaml';
import { drawTable } from './table.ts';

export const formats = ['table', 'json', 'yaml', 'value', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The text of a list: a row an object, a column an attribute. */
export function printList(rows: readonly JsonObject[], columns: readonly string[], format: Format): string {
  const picked = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  const cells = (cell: (value: Json | undefined) => string): readonly (readonly string[])[] => picked.map((row) => columns.map((column) => cell(row[column])));
  switch (format) {
    case 'json':
      return `${JSON.stringify(picked, null, 2)}\n`;
    case 'yaml':
      return stringify(picked);
    case 'value':
      return cells(oneLine).map((row) => `${row.join(' ')}\n`).join('');
    case 'csv':
      return [columns, ...cells(oneLine)].map(csvLine).join('');
    case 'table':
      // What OpenStack's clients print of nothing.
      return picked.length === 0 ? '\n' : drawTable(columns, cells(manyLines));
  }
}

/** The text of one object: a line an attribute. */
export function printOne(object: JsonObject, columns: readonly string[], format: Format): string {
  const names = columns.filter((column) => column in object);
  const picked = Object.fromEntries(names.map((name) => [name, object[name] ?? null]));
  switch (format) {
    case 'json':
      return `${JSON.stringify(picked, null, 2)}\n`;
    case 'yaml':
      return stringify(picked);
    case 'value':
      return names.map((name) => `${oneLine(object[name])}\n`).join('');
    case 'csv':
    case 'table':
      return printList(names.map((name) => ({ Field: name, Value: object[name] ?? null })), ['Field', 'Value'], format);
  }
}

/** For scripts: a value never takes more than its line, whatever it is. */
function oneLine(value: Json | undefined): string {
  return plain(value) ?? JSON.stringify(value);
}

/** For people: a line an item, and of objects what they say. */
function manyLines(value: Json | undefined): string {
  if (Array.isArray(value)) return value.map((item: Json) => manyLines(item)).join('\n');
  if (!isJsonObject(value)) return oneLine(value);
  const said = Object.entries(value).filter(([, each]) => each !== null && each !== '');
  return said.map(([name, each]) => `${name}='${oneLine(each)}'`).join(', ');
}

function plain(value: Json | undefined): string | undefined {
  if (value === undefined || value === null) return '';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' ? undefined : String(value);
}

function csvLine(values: readonly string[]): string {
  return `${values.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`;
}
