import { isIp, type IpVersion } from '../net/ip.ts';
import type { OptionType } from './option.ts';

/** Any text, as it stands. */
export function str(): OptionType<string> {
  return { kind: 'text', parse: (text) => text, format: (value) => value };
}

/** One of a few words, written exactly so. */
export function choice<const C extends string>(choices: readonly C[]): OptionType<C> {
  const kind = `one of ${choices.map((word) => (word === '' ? "''" : word)).join(', ')}`;
  return {
    kind,
    format: (value) => value,
    parse: (text) => choices.find((word) => word === text) ?? expected(kind, text),
  };
}

/** A word of a few, in any case. */
export function choiceIgnoringCase<const C extends string>(choices: readonly C[]): OptionType<C> {
  const exact = choice(choices);
  return { ...exact, parse: (text) => choices.find((word) => word.toLowerCase() === text.toLowerCase()) ?? exact.parse(text) };
}

const trueWords = ['true', '1', 'on', 'yes'];
const falseWords = ['false', '0', 'off', 'no'];

export function bool(): OptionType<boolean> {
  const kind = 'true or false';
  return {
    kind,
    format: String,
    parse: (text) => {
      const word = text.toLowerCase();
      if (trueWords.includes(word)) return true;
      return falseWords.includes(word) ? false : expected(kind, text);
    },
  };
}

/** Inclusive bounds. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

export function int(bounds: Bounds = {}): OptionType<number> {
  return numeric('whole number', /^[+-]?\d+$/, bounds);
}

export function float(bounds: Bounds = {}): OptionType<number> {
  return numeric('number', /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i, bounds);
}

/** One of a few whole numbers. */
export function intChoice<const N extends number>(choices: readonly N[]): OptionType<N> {
  const kind = `one of ${choices.join(', ')}`;
  return { kind, format: String, parse: (text) => choices.find((number) => String(number) === text.trim()) ?? expected(kind, text) };
}

/** A TCP or UDP port. */
export function port(): OptionType<number> {
  return int({ min: 0, max: 65535 });
}

export function ipAddress(version?: IpVersion): OptionType<string> {
  const kind = version === undefined ? 'IP address' : `IPv${version} address`;
  return { kind, format: (value) => value, parse: (text) => (isIp(text, version) ? text : expected(kind, text)) };
}

/** An IP address or a host name (RFC 1123); a name whose last label is a number would be a mistyped address. */
export function hostAddress(): OptionType<string> {
  const kind = 'IP address or host name';
  return {
    kind,
    format: (value) => value,
    parse: (text) => (isIp(text) || isHostName(text) ? text.replace(/\.$/, '') : expected(kind, text)),
  };
}

/** Items between commas. */
export function list<T>(item: OptionType<T>): OptionType<readonly T[]> {
  return {
    kind: `list of ${item.kind}, separated by commas`,
    format: (values) => values.map((value) => item.format(value)).join(','),
    parse: (text) => {
      const body = text.trim().replace(/,+$/, '');
      return Object.freeze(body === '' ? [] : body.split(',').map((part) => item.parse(part.trim())));
    },
  };
}

/** "key:value" pairs between commas. */
export function dict<T>(item: OptionType<T>): OptionType<Readonly<Record<string, T>>> {
  return {
    kind: 'pairs name:value, separated by commas',
    format: (values) =>
      Object.entries(values)
        .map(([key, value]) => `${key}:${item.format(value)}`)
        .join(','),
    parse: (text) => {
      const pairs = new Map<string, T>();
      for (const pair of text.trim() === '' ? [] : text.split(',')) {
        const colon = pair.indexOf(':');
        const key = pair.slice(0, Math.max(colon, 0)).trim();
        if (key === '') throw new Error(`expected pairs name:value separated by commas, found ${quoted(pair.trim())}`);
        if (pairs.has(key)) throw new Error(`the name ${quoted(key)} is given twice`);
        pairs.set(key, item.parse(pair.slice(colon + 1).trim()));
      }
      return Object.freeze(Object.fromEntries(pairs));
    },
  };
}

/** The same, or null where nothing stands after the equals sign. */
export function optional<T>(type: OptionType<T>): OptionType<T | null> {
  return {
    kind: `${type.kind}, or nothing`,
    format: (value) => (value === null ? '' : type.format(value)),
    parse: (text) => (text.trim() === '' ? null : type.parse(text)),
  };
}

/** For an option with `multi`: each occurrence is read by `item` and adds one value. */
export function multi<T>(item: OptionType<T>): OptionType<readonly T[]> {
  return {
    kind: `${item.kind}; may be given several times`,
    format: (values) => values.map((value) => item.format(value)).join('\n'),
    parse: (text) => Object.freeze([item.parse(text)]),
  };
}

function numeric(name: string, pattern: RegExp, { min, max }: Bounds): OptionType<number> {
  const bounds = [...(min === undefined ? [] : [`from ${min}`]), ...(max === undefined ? [] : [`to ${max}`])];
  const kind = [name, ...bounds].join(' ');
  return {
    kind,
    format: String,
    parse: (text) => {
      const value = pattern.test(text.trim()) ? Number(text) : Number.NaN;
      return value >= (min ?? -Infinity) && value <= (max ?? Infinity) ? value : expected(kind, text);
    },
  };
}

function isHostName(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.replace(/\.$/, '').split('.');
  return labels.every((label) => /^(?!-)[a-z0-9-]{1,63}$/i.test(label) && !label.endsWith('-')) && /[a-z-]/i.test(labels.at(-1) ?? '');
}

function expected(kind: string, text: string): never {
  throw new Error(`expected ${kind}, found ${quoted(text)}`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
