import { InvalidInput } from '../exceptions/generic.ts';
import { NeutronError } from '../exceptions/neutron-error.ts';
import type { Json } from '../json.ts';
import { formatCidr, parseCidr } from '../net/cidr.ts';
import { canonicalIp } from '../net/ip.ts';
import { forwardedProtocols } from '../net/ip-protocol.ts';
import { canonicalMac } from '../net/mac.ts';
import type { Converter } from './attribute.ts';

/** Converters of the attribute maps: an accepted value into its stored form. They throw InvalidInput. */

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}

const TRUTHS: ReadonlySet<string> = new Set(['1', 't', 'true', 'on', 'y', 'yes']);
const FALSEHOODS: ReadonlySet<string> = new Set(['0', 'f', 'false', 'off', 'n', 'no']);

/** Takes what clients write for truth, as oslo.utils does: true, "yes", 1 … */
export const toBoolean: Converter = (value) => {
  if (typeof value === 'boolean') return value;
  if (value === 1 || value === 0) return value === 1;
  if (typeof value === 'string') {
    const text = value.trim().toLowerCase();
    if (TRUTHS.has(text)) return true;
    if (FALSEHOODS.has(text)) return false;
  }
  throw invalid(`'${show(value)}' cannot be converted to boolean`);
};

export const toBooleanOrNull: Converter = (value) => (value === null ? null : toBoolean(value));

export const toInteger: Converter = (value) => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  if (typeof value === 'string' && /^\s*[+-]?\d{1,15}\s*$/.test(value)) return Number(value);
  throw invalid(`'${show(value)}' is not an integer`);
};

export const toIntegerOrNull: Converter = (value) => (value === null ? null : toInteger(value));

export const nullToEmptyList: Converter = (value) => value ?? [];

export const nullToEmptyObject: Converter = (value) => value ?? {};

export const toMac: Converter = (value) => (typeof value === 'string' ? (canonicalMac(value) ?? value) : value);

export const toCidr: Converter = (value) => {
  const cidr = typeof value === 'string' ? parseCidr(value) : undefined;
  return cidr === undefined ? value : formatCidr(cidr);
};

export const toIp: Converter = (value) => (typeof value === 'string' ? (canonicalIp(value) ?? value) : value);

/** Applies `convert` to the named members of each object of a list. */
export function inEachObject(members: Readonly<Record<string, Converter>>): Converter {
  return (value) => {
    if (!Array.isArray(value)) return value;
    return value.map((item: Json) => {
      if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
      const converted = Object.entries(item).map(([name, member]) => {
        const convert = Object.hasOwn(members, name) ? members[name] : undefined;
        return [name, convert === undefined || member === undefined ? member : convert(member)];
      });
      return Object.fromEntries(converted) as Json;
    });
  };
}

/** "ipv4" in any case is IPv4. */
export const toEthertype: Converter = (value) => {
  const known = ['IPv4', 'IPv6'].find((ethertype) => typeof value === 'string' && ethertype.toLowerCase() === value.toLowerCase());
  return known ?? value;
};

/** A protocol by its name, or the number of one. */
export const toPortProtocol: Converter = (value) => {
  if (value === null || (typeof value === 'string' && forwardedProtocols.includes(value.toLowerCase()))) return value;
  const number = typeof value === 'number' || (typeof value === 'string' && /^\s*\d{1,15}\s*$/.test(value)) ? Number(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 0 && number <= 255) return value;
  throw invalid(`IP protocol '${show(value)}' is not supported. Only protocol names and their integer representation (0 to 255) are supported`);
};

/** Anything but null as text. */
export const toText: Converter = (value) => (value === null || typeof value === 'string' ? value : show(value));

/** Messages show values whole up to this length: a text is not shown too long without showing that it is. */
const longestShown = 300;

/** The value as a message may show it: as Neutron's messages do, and short, whatever the request held. */
export function show(value: Json): string {
  const text = typeof value === 'string' ? value : inPython(value);
  return text.length > longestShown ? `${text.slice(0, longestShown)}…` : text;
}

/** The value as Python writes it. */
function inPython(value: Json): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'string') return value.includes("'") && !value.includes('"') ? `"${value}"` : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
  if (Array.isArray(value)) return `[${value.map((item: Json) => inPython(item)).join(', ')}]`;
  if (typeof value === 'object') return `{${Object.entries(value).map(([name, member]) => `${inPython(name)}: ${inPython(member ?? null)}`).join(', ')}}`;
  return String(value);
}
