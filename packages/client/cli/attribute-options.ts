import type { Attribute, AttributeMap } from '@neutrino/lib/api/attribute';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { Option, type Command } from 'commander';
import { attributeValue, emptyValue, mayBeNull, truthValue } from './attribute-values.ts';
import { FLAGS, SWITCHES, WORDS } from './attribute-flags.ts';
import { UsageError } from './command-environment.ts';

/** Options that were added to a command, by which its body is read again. */
export type AttributeOptions = readonly AttributeOption[];

interface AttributeOption {
  readonly flag: string;
  /** The name under which commander keeps the value. */
  readonly key: string;
  readonly attribute: string;
  readonly read: (given: unknown) => Json;
}

/** Adds options for each attribute that `operation` accepts, under all the names it goes by. */
export function addAttributeOptions(command: Command, attributes: AttributeMap, operation: 'create' | 'update'): AttributeOptions {
  const accepted = Object.entries(attributes).filter(([, attribute]) => (operation === 'create' ? attribute.allowPost : attribute.allowPut));
  const added: AttributeOption[] = [];
  for (const [name, attribute] of accepted) {
    const required = operation === 'create' && isRequired(name, attribute);
    flagsOf(name).forEach((flag, place) => {
      const option = new Option(`--${flag} ${valueName(attribute)}`, `${describe(name, attribute)}${required ? ' (required)' : ''}`);
      if (attribute.type === 'array') option.argParser(gather);
      command.addOption(place === 0 ? option : option.hideHelp());
      if (attribute.type === 'boolean' || attribute.type === 'array' || mayBeNull(attribute)) command.addOption(new Option(`--no-${flag}`).hideHelp());
      added.push({ flag, key: option.attributeName(), attribute: name, read: (given) => readGiven(flag, name, attribute, given) });
    });
  }
  const switched = SWITCHES.find((name) => accepted.some(([each]) => each === name));
  const words = Object.entries({ ...WORDS, ...(switched !== undefined && { enable: { attribute: switched, value: true }, disable: { attribute: switched, value: false } }) });
  for (const [flag, { attribute, value }] of words) {
    if (!accepted.some(([name]) => name === attribute) || added.some((option) => option.flag === flag)) continue;
    const option = new Option(`--${flag}`, `${attribute} = ${String(value)}`);
    command.addOption(option);
    added.push({ flag, key: option.attributeName(), attribute, read: () => value });
  }
  return added;
}

/** Stands before the items of a list that are meant instead of those that are there: `--no-fixed-ip --fixed-ip …`. */
const INSTEAD = Symbol('instead');

/** Gathers a repeatable option's values, also after its `--no-…`. */
export function gather(value: string, earlier: readonly unknown[] | false = []): readonly unknown[] {
  return earlier === false ? [INSTEAD, value] : [...earlier, value];
}

/** The gathered values, and whether they are meant instead of those that are there. */
export function gathered(given: unknown): { readonly items: readonly string[]; readonly instead: boolean } {
  if (!Array.isArray(given)) return { items: [], instead: given === false };
  return { items: given.filter((item) => item !== INSTEAD).map(String), instead: given.includes(INSTEAD) };
}

/** The lists that were given as items to add to what is there. */
export function additionsOf(command: Command, options: AttributeOptions): ReadonlySet<string> {
  const given: Readonly<Record<string, unknown>> = command.opts();
  const lists = options.filter(({ key }) => Array.isArray(given[key]));
  return new Set(lists.filter(({ key }) => !gathered(given[key]).instead).map(({ attribute }) => attribute));
}

/** The attributes given on the command line, as the body of a request. Throws UsageError where two options contradict each other. */
export function bodyOf(command: Command, options: AttributeOptions): JsonObject {
  const given: Readonly<Record<string, unknown>> = command.opts();
  const body: Record<string, Json> = {};
  const setBy = new Map<string, string>();
  for (const { flag, key, attribute, read } of options) {
    if (given[key] === undefined) continue;
    const value = read(given[key]);
    const before = body[attribute];
    const earlier = setBy.get(attribute);
    if (earlier !== undefined && !(Array.isArray(before) && Array.isArray(value)) && JSON.stringify(before) !== JSON.stringify(value)) {
      throw new UsageError(`--${earlier} and --${flag} contradict each other`);
    }
    body[attribute] = Array.isArray(before) && Array.isArray(value) ? [...(before as readonly Json[]), ...(value as readonly Json[])] : value;
    setBy.set(attribute, flag);
  }
  return body;
}

/** The server knows the caller's project; everything else without a default must be given. */
export function isRequired(name: string, { allowPost, default: otherwise }: Attribute): boolean {
  return allowPost && otherwise === undefined && name !== 'tenant_id';
}

/** The first is the one to show. */
export function flagsOf(attribute: string): readonly string[] {
  const known = Object.hasOwn(FLAGS, attribute) ? (FLAGS[attribute] ?? []) : [];
  return [...new Set([...known, attribute.replaceAll('_', '-')])];
}

/**
 * The words as commander should see them: options spelled with underscores are those with dashes; `--shared net1`
 * is a flag and a word, but `--shared True` is a value; and the lone `--` before further options, which the old client
 * wanted, is left out.
 */
export function normaliseArguments(argv: readonly string[], booleanFlags: ReadonlySet<string>): readonly string[] {
  const words: string[] = [];
  for (let index = 0; index < argv.length; index += 1) {
    const written = argv[index] ?? '';
    const next = argv[index + 1];
    if (written === '--' && next?.startsWith('--') === true) continue;
    const word = written.replace(/^--[a-z][\w:-]*/, (flag) => flag.replaceAll('_', '-'));
    if (!booleanFlags.has(word)) words.push(word);
    else if (next !== undefined && truthValue(next) !== undefined) {
      words.push(`${word}=${next}`);
      index += 1;
    } else words.push(`${word}=true`);
  }
  return words;
}

function readGiven(flag: string, name: string, attribute: Attribute, given: unknown): Json {
  if (given === false) return emptyValue(attribute);
  try {
    if (!Array.isArray(given)) return attributeValue(name, attribute, given === true ? 'true' : String(given));
    const items = gathered(given).items.map((item) => attributeValue(name, attribute, item));
    return items.flatMap((item): readonly Json[] => (Array.isArray(item) ? (item as readonly Json[]) : [item]));
  } catch (error) {
    if (error instanceof UsageError) throw new UsageError(`--${flag}: ${error.message}`);
    throw error;
  }
}

function valueName({ type }: Attribute): string {
  return type === 'boolean' ? '[boolean]' : '<value>';
}

function describe(name: string, { description, type }: Attribute): string {
  return `${description ?? name.replaceAll('_', ' ')}${type === 'array' ? ' (repeatable)' : ''}`;
}
