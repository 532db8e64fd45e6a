import type { Attribute } from '@neutrino/lib/api/attribute';
import type { Json } from '@neutrino/lib/json';
import { OBJECT_LISTS } from './attribute-flags.ts';
import { UsageError } from './command-environment.ts';

/** The text of an option as the value that the API wants; what is no number or no truth value stays text, for the server to refuse. */
export function attributeValue(name: string, attribute: Attribute, text: string): Json {
  // The old client's way of saying null.
  if (text === 'None' && mayBeNull(attribute)) return null;
  switch (attribute.type) {
    case 'boolean':
      return truthValue(text) ?? text;
    case 'integer':
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case 'object':
      return looksLikeJson(text) ? parseJson(text) : pairs(text, {});
    case 'array':
      return looksLikeJson(text) ? parseJson(text) : item(name, text);
    case 'string':
      return text;
  }
}

/** What `--no-…` gives an attribute. */
export function emptyValue(attribute: Attribute): Json {
  if (attribute.type === 'boolean') return false;
  return attribute.type === 'array' ? [] : null;
}

export function mayBeNull(attribute: Attribute): boolean {
  return attribute.validate !== undefined && attribute.validate(null) === undefined;
}

/** True and false as people write them; undefined where it is neither. */
export function truthValue(text: string): boolean | undefined {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0)$/i.test(text) ? false : undefined;
}

function item(name: string, text: string): Json {
  const keys = Object.hasOwn(OBJECT_LISTS, name) ? OBJECT_LISTS[name] : undefined;
  return keys === undefined ? text : pairs(text, keys);
}

/** `key=value,key=value`; a comma within a value does not begin the next pair. */
function pairs(text: string, otherNames: Readonly<Record<string, string>>): Json {
  const entries = text.split(/,(?=[\w:-]+=)/).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`expected key=value,… or JSON, found "${text}"`);
    const key = pair.slice(0, at).trim().replaceAll('-', '_');
    return [Object.hasOwn(otherNames, key) ? (otherNames[key] ?? key) : key, pair.slice(at + 1)];
  });
  return Object.fromEntries(entries);
}

function looksLikeJson(text: string): boolean {
  return /^\s*[[{]/.test(text);
}

function parseJson(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new UsageError(`what begins like JSON is not: ${(error as Error).message}`);
  }
}
