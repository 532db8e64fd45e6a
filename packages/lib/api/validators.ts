import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { formatCidr, parseCidr } from '../net/cidr.ts';
import { canonicalIp, isLoopback, isMulticast, parseIp } from '../net/ip.ts';
import { isMac } from '../net/mac.ts';
import type { Validator } from './attribute.ts';
import { show, toBoolean, toInteger } from './converters.ts';

/** Validators of the attribute maps. Each takes any JSON value, never throws, and says what is wrong. */

/** `validate`, and what it accepts as JSON Schema. */
function withSchema(schema: JsonObject, validate: (value: Json) => string | undefined): Validator {
  return Object.assign((value: Json) => validate(value), { schema });
}

const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]*$/u;
const LINE_BREAK = /[\n\v\f\r\x1c-\x1e\u0085\u2028\u2029]/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** Text of at most `maxLength` characters, counted as Unicode does. No database keeps NUL or halves of surrogate pairs. */
export function string(maxLength: number): Validator {
  return withSchema({ type: 'string', maxLength }, (value) => {
    if (typeof value !== 'string' || value.includes('\0') || !value.isWellFormed()) return `'${show(value)}' is not a valid string`;
    const isLong = value.length > maxLength && [...value].length > maxLength;
    return isLong ? `'${show(value)}' exceeds maximum length of ${maxLength}` : undefined;
  });
}

/** Without control characters, and with no blank at either end. */
export function nameString(maxLength: number): Validator {
  return allOf(string(maxLength), (value) => (PRINTABLE.test(String(value)) && String(value).trim() === value ? undefined : `'${show(value)}' is not a valid string`));
}

/** One line, of more than blanks. */
export function line(maxLength: number): Validator {
  return allOf(
    string(maxLength),
    withSchema({ minLength: 1 }, (value) => (String(value).trim() === '' ? `'${show(value)}' Blank strings are not permitted` : undefined)),
    (value) => (LINE_BREAK.test(String(value)) ? `Multi-line string is not allowed: '${show(value)}'` : undefined),
  );
}

export const uuid: Validator = withSchema({ type: 'string', format: 'uuid' }, (value) =>
  typeof value === 'string' && UUID.test(value) ? undefined : `'${show(value)}' is not a valid UUID`);

export const boolean: Validator = withSchema({ type: 'boolean' }, (value) => accepts(value, toBoolean, 'boolean'));

export function integer(minimum: number = -Number.MAX_SAFE_INTEGER, maximum: number = Number.MAX_SAFE_INTEGER): Validator {
  const bounds = { ...(Number.isSafeInteger(minimum - 1) && { minimum }), ...(Number.isSafeInteger(maximum + 1) && { maximum }) };
  return withSchema({ type: 'integer', ...bounds }, (value) => {
    const wrong = accepts(value, toInteger, 'integer');
    if (wrong !== undefined) return wrong;
    const number = Number(value);
    if (number < minimum) return `'${show(value)}' is too small - must be at least '${minimum}'`;
    return number > maximum ? `'${show(value)}' is too large - must be no larger than '${maximum}'` : undefined;
  });
}

/** A whole number that databases keep in four bytes. */
export const nonNegative: Validator = (value) => {
  const wrong = integer(-Number.MAX_SAFE_INTEGER, 2 ** 31 - 1)(value);
  return wrong ?? (Number(value) < 0 ? `'${show(value)}' should be non-negative` : undefined);
};

export function oneOf(values: readonly Json[]): Validator {
  // An object need not have a text form: only plain values are compared as text.
  return withSchema({ enum: values }, (value) =>
    typeof value !== 'object' && values.some((each) => String(each) === String(value)) ? undefined : `'${show(value)}' is not in ${show(values)}`);
}

/** A port, or the first and the last of several: 80 or 8000:8010. */
export function portRange(minimum: number, maximum: number): Validator {
  return withSchema({ type: 'string', pattern: '^\\d{1,5}(:\\d{1,5})?$' }, (value) => {
    const ports = show(value).split(':');
    if (ports.length > 2 || ports.includes('')) return 'Port range must be two integers separated by a colon';
    for (const port of ports) {
      if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) return `Invalid port: ${port}`;
      if (Number(port) < minimum || Number(port) > maximum) return `Invalid port: ${port}, the port must be in the range [${minimum}, ${maximum}]`;
    }
    return Number(ports[0]) > Number(ports.at(-1)) ? 'First port in a port range must be lower than the second port' : undefined;
  });
}

export const ipAddress: Validator = withSchema({ type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }] }, (value) =>
  typeof value === 'string' && canonicalIp(value) !== undefined ? undefined : `'${show(value)}' is not a valid IP address`);

export const mac: Validator = withSchema({ type: 'string', pattern: '^[0-9A-Fa-f][02468ACEace]([:-][0-9A-Fa-f]{2}){5}$' }, (value) => {
  if (typeof value !== 'string' || !isMac(value)) return `'${show(value)}' is not a valid MAC address`;
  if (/^(00[:.-]?){6}$/.test(value)) return `'${value}' is not a valid MAC address`;
  return (Number.parseInt(value.slice(0, 2), 16) & 1) === 1 ? `'${value}' is not a unicast MAC address` : undefined;
});

/** ADDRESS/LENGTH; host bits may be set, as conversion clears them. */
export const subnet: Validator = withSchema({ type: 'string', format: 'cidr' }, (value) =>
  typeof value === 'string' && value.includes('/') && parseCidr(value) !== undefined ? undefined : `'${show(value)}' is not a valid IP subnet`);

/** ADDRESS/LENGTH without host bits, as the destination of a route is. */
export const routeCidr: Validator = withSchema({ type: 'string', format: 'cidr' }, (value) => {
  const text = typeof value === 'string' ? value : '';
  const cidr = parseCidr(text);
  const address = parseIp(text.split('/')[0] ?? '');
  if (address === undefined || cidr === undefined) return `'${show(value)}' is not a valid CIDR`;
  if (address.value !== cidr.first || !text.includes('/')) return `'${show(value)}' is not a recognized CIDR, '${formatCidr(cidr)}' is recommended`;
  return isLoopback(address) ? `'${show(value)}' is not a routable CIDR` : undefined;
});

/** An address or a prefix that hosts can have: no multicast. */
export const unicastIpOrSubnet: Validator = withSchema({ type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }, { format: 'cidr' }] }, (value) => {
  if (typeof value !== 'string') return ipOrSubnet(value);
  const address = parseIp(value.split('/')[0] ?? '');
  return ipOrSubnet(value) ?? (address !== undefined && isMulticast(address) ? `'${value}' is a multicast address` : undefined);
});

export const ipOrSubnet: Validator = withSchema({ type: 'string', anyOf: [{ format: 'ipv4' }, { format: 'ipv6' }, { format: 'cidr' }] }, (value) =>
  typeof value === 'string' && parseCidr(value) !== undefined ? undefined : `'${show(value)}' is neither a valid IP address, nor is it a valid IP subnet`);

export function orNull(validate: Validator): Validator {
  const accepts = (value: Json): string | undefined => (value === null ? undefined : validate(value));
  return validate.schema === undefined ? accepts : withSchema(nullable(validate.schema), accepts);
}

/** JSON Schema of the same, or null. */
export function nullable(schema: JsonObject): JsonObject {
  const { type, enum: values } = schema;
  if (Array.isArray(values)) return { ...schema, enum: [...values, null] };
  return typeof type === 'string' ? { ...schema, type: [type, 'null'] } : { anyOf: [schema, { type: 'null' }] };
}

export const object: Validator = withSchema({ type: 'object' }, (value) => (isJsonObject(value) ? undefined : `'${show(value)}' is not a dictionary`));

export interface ListLimits {
  readonly unique?: boolean;
  readonly maximum?: number;
}

export function listOf(validate: Validator, { unique = false, maximum = 1000 }: ListLimits = {}): Validator {
  const schema = { type: 'array', maxItems: maximum, ...(unique && { uniqueItems: true }), ...(validate.schema !== undefined && { items: validate.schema }) };
  return withSchema(schema, (value) => {
    if (!Array.isArray(value)) return `'${show(value)}' is not a list`;
    if (value.length > maximum) return `a list of ${value.length} items exceeds the maximum of ${maximum}`;
    for (const item of value) {
      const wrong = validate(item as Json);
      if (wrong !== undefined) return wrong;
    }
    const repeated = unique ? duplicates(value) : [];
    if (repeated.length > 0) return `Duplicate items in the list: '${repeated.map((item) => show(item)).join(', ')}'`;
    return undefined;
  });
}

export interface Member {
  readonly validate: Validator;
  readonly required?: boolean;
}

export const nonNegativeInteger: Validator = (value) => integer()(value) ?? (Number(value) < 0 ? `'${show(value)}' should be non-negative` : undefined);

/** An object with these members and no others. */
export function objectOf(members: Readonly<Record<string, Member>>): Validator {
  const required = Object.keys(members).filter((name) => members[name]?.required === true);
  const properties = Object.fromEntries(Object.entries(members).map(([name, { validate }]) => [name, validate.schema ?? {}]));
  const schema = { type: 'object', properties, ...(required.length > 0 && { required }), additionalProperties: false };
  return withSchema(schema, (value) => {
    if (!isJsonObject(value)) return `'${show(value)}' is not a dictionary`;
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
    if (unknown.length > 0) return `Unexpected keys supplied: ${unknown.map((name) => show(name)).join(', ')}`;
    for (const [name, { validate, required = false }] of Object.entries(members)) {
      const member = Object.hasOwn(value, name) ? value[name] : undefined;
      if (member === undefined) {
        if (required) return `Expected keys not found: '${name}'`;
        continue;
      }
      const wrong = validate(member);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  });
}

/** All of them, the first complaint counting. */
export function allOf(...validators: readonly Validator[]): Validator {
  const schemas = validators.flatMap(({ schema }) => schema ?? []);
  return withSchema(Object.assign({}, ...schemas) as JsonObject, (value) => {
    for (const validate of validators) {
      const wrong = validate(value);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  });
}

function accepts(value: Json, convert: (value: Json) => Json, kind: string): string | undefined {
  try {
    convert(value);
    return undefined;
  } catch {
    return `'${show(value)}' is not ${kind === 'integer' ? 'an integer' : `a valid ${kind} value`}`;
  }
}

/** Each value that comes more than once, once. */
function duplicates(values: readonly Json[]): readonly Json[] {
  const forms = Map.groupBy(values, sortedForm);
  return [...forms.values()].flatMap(([first, ...others]) => (first !== undefined && others.length > 0 ? [first] : []));
}

/** Equal for equal values, whatever the order of their members. */
function sortedForm(value: Json): string {
  if (isJsonObject(value)) {
    const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${sortedForm(member ?? null)}`).join(',')}}`;
  }
  return Array.isArray(value) ? `[${value.map((item: Json) => sortedForm(item)).join(',')}]` : JSON.stringify(value);
}
