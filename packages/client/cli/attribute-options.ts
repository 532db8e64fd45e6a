import type { Attribute, AttributeMap } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import type { Command } from 'commander';

/** Attributes that have a place of their own on the command line, or none. */
const HIDDEN = new Set(['id', 'tenant_id']);

/** Adds `--attribute value` for each attribute that the operation accepts, named as the API names it, with dashes. */
export function addAttributeOptions(command: Command, attributes: AttributeMap, operation: 'create' | 'update'): void {
  for (const [name, attribute] of Object.entries(attributes)) {
    if (!accepts(attribute, operation) || HIDDEN.has(name)) continue;
    const flag = optionName(name);
    const about = attribute.description ?? `the ${name} attribute`;
    if (attribute.type === 'boolean') command.option(`--${flag} [true|false]`, about);
    else if (attribute.type === 'array') command.option(`--${flag} <value>`, `${about} (repeatable; text, key=value,… or JSON)`, collect);
    else command.option(`--${flag} <value>`, attribute.type === 'object' ? `${about} (key=value,… or JSON)` : about);
  }
}

/** The attributes given on the command line, as the body of a request. */
export function bodyOf(command: Command, attributes: AttributeMap): JsonObject {
  const given: Record<string, unknown> = command.opts();
  const body: Record<string, Json> = {};
  for (const [name, attribute] of Object.entries(attributes)) {
    const value = given[camelCase(optionName(name))];
    if (value !== undefined && !HIDDEN.has(name)) body[name] = valueOf(attribute, value);
  }
  return body;
}

/** `provider:network_type` is given as `--provider:network-type` or as the API spells it. */
export function optionName(attribute: string): string {
  return attribute.replaceAll('_', '-');
}

/** Options spelled with underscores, as scripts for the old client do, are the same options. */
export function normaliseOptionNames(argv: readonly string[]): string[] {
  return argv.map((word) => word.replace(/^--[a-z][\w:-]*/, (flag) => flag.replaceAll('_', '-')));
}

function accepts(attribute: Attribute, operation: 'create' | 'update'): boolean {
  return operation === 'create' ? attribute.allowPost : attribute.allowPut;
}

function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value];
}

function valueOf(attribute: Attribute, given: unknown): Json {
  if (Array.isArray(given)) {
    const items = given.map((item) => structured(String(item)));
    return items.length === 1 && Array.isArray(items[0]) ? items[0] : items;
  }
  if (given === true) return true;
  const text = String(given);
  if (text === 'None') return null;
  switch (attribute.type) {
    case 'boolean':
      return /^(true|yes|on|1)$/i.test(text);
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'object':
    case 'array':
      return structured(text);
    case 'string':
      return text;
  }
}

/** JSON where it looks like JSON, an object where it is `key=value,key=value`, text otherwise. */
function structured(text: string): Json {
  if (/^[[{]/.test(text)) return JSON.parse(text) as Json;
  if (!/^[\w:-]+=/.test(text)) return text;
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const at = pair.indexOf('=');
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** commander stores `--a-b:c-d` under its camel-cased name. */
function camelCase(flag: string): string {
  return flag.split('-').reduce((text, word) => text + (word[0] ?? '').toUpperCase() + word.slice(1));
}
