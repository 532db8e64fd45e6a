import type { JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import { formats, printList, printOne, type Format } from './print.ts';

/** The options that say how an answer is printed. */
export interface Printing {
  readonly format: Format;
  readonly column?: readonly string[];
}

export function withPrinting(command: Command): Command {
  return command
    .addOption(new Option('-f, --format <format>', 'how to print').choices([...formats]).default('table'))
    .option('-c, --column <attribute>', 'show this attribute only (repeatable)', append);
}

export function listText(rows: readonly JsonObject[], { column = [], format }: Printing, otherwise: readonly string[]): string {
  return printList(rows, column.length > 0 ? column : otherwise, format);
}

/** All attributes by name, unless the caller chose. */
export function objectText(object: JsonObject, { column = [], format }: Printing): string {
  return printOne(object, column.length > 0 ? column : Object.keys(object).toSorted(), format);
}

/** Gathers a repeatable option's values. */
export function append(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
