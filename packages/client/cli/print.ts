import type { Json, JsonObject } from '@neutrino/lib/json';
import Table from 'cli-table3';
import { stringify } from 'yaml';

export const formats = ['table', 'json', 'yaml', 'value', 'csv'] as const;
export type Format = (typeof formats)[number];

/** The text of a list: a row an object, a column an attribute. */
export function printList(rows: readonly JsonObject[], columns: readonly string[], format: Format): string {
  const picked = rows.map((row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])));
  switch (format) {
    case 'json':
      return `${JSON.stringify(picked, null, 2)}\n`;
    case 'yaml':
      return stringify(picked);
    case 'value':
      return picked.map((row) => `${columns.map((column) => cell(row[column])).join(' ')}\n`).join('');
    case 'csv':
      return [columns, ...picked.map((row) => columns.map((column) => cell(row[column])))]
        .map((line) => `${line.map((value) => `"${value.replaceAll('"', '""')}"`).join(',')}\n`)
        .join('');
    case 'table':
      return picked.length === 0 ? '\n' : table(columns, picked.map((row) => columns.map((column) => cell(row[column]))));
  }
}

/** The text of one object: a line an attribute. */
export function printOne(object: JsonObject, columns: readonly string[], format: Format): string {
  const names = columns.filter((column) => column in object);
  switch (format) {
    case 'json':
    case 'yaml': {
      const picked = Object.fromEntries(names.map((name) => [name, object[name] ?? null]));
      return format === 'json' ? `${JSON.stringify(picked, null, 2)}\n` : stringify(picked);
    }
    case 'value':
      return names.map((name) => `${cell(object[name])}\n`).join('');
    case 'csv':
    case 'table': {
      const rows = names.map((name) => ({ Field: name, Value: object[name] ?? null }));
      return printList(rows, ['Field', 'Value'], format);
    }
  }
}

function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return value.map((item: Json) => (typeof item === 'string' ? item : JSON.stringify(item))).join('\n');
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const drawn = new Table({
    head: [...columns],
    style: { head: [], border: [], compact: true },
    chars: {
      top: '-', 'top-mid': '+', 'top-left': '+', 'top-right': '+',
      bottom: '-', 'bottom-mid': '+', 'bottom-left': '+', 'bottom-right': '+',
      left: '|', 'left-mid': '+', mid: '-', 'mid-mid': '+', right: '|', 'right-mid': '+', middle: '|',
    },
  });
  const headRule = rows.map((row) => [...row]);
  drawn.push(...headRule);
  return `${drawn.toString()}\n`;
}
