import type { Json, JsonObject } from '../json.ts';
import { isJsonObject } from '../json.ts';
import { parseCidr } from '../net/cidr.ts';
import { canonicalIp, parseIp } from '../net/ip.ts';
import { isMac } from '../net/mac.ts';
import type { Validator } from './attribute.ts';
import { show, toBoolean, toInteger } from './converters.ts';

/** Validators of the attribute maps. Each takes any JSON value, never throws, and says what is wrong. */

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

export function string(maxLength: number): Validator {
  return (value) => {
    if (typeof value !== 'string') return `'${show(value)}' is not a valid string`;
    return [...value].length > maxLength ? `'${show(value)}' exceeds maximum length of ${maxLength}` : undefined;
  };
}

/** Text that is stored as it is: without NUL, which databases do not take. */
export function nameString(maxLength: number): Validator {
  return (value) => string(maxLength)(value) ?? (String(value).includes('\0') ? 'a NUL character is not allowed' : undefined);
}

export const uuid: Validator = (value) => (typeof value === 'string' && UUID.test(value) ? undefined : `'${show(value)}' is not a valid UUID`);

export const boolean: Validator = (value) => accepts(value, toBoolean, 'boolean');

export function integer(minimum: number = -Number.MAX_SAFE_INTEGER, maximum: number = Number.MAX_SAFE_INTEGER): Validator {
  return (value) => {
    const wrong = accepts(value, toInteger, 'integer');
    if (wrong !== undefined) return wrong;
    const number = Number(value);
    if (number < minimum) return `'${show(value)}' is too small - must be at least '${minimum}'`;
    return number > maximum ? `'${show(value)}' is too large - must be no larger than '${maximum}'` : undefined;
  };
}

export function oneOf(values: readonly Json[]): Validator {
  return (value) => (values.some((each) => each === value || String(each) === String(value)) && typeof value !== 'object' ? undefined : `'${show(value)}' is not in ${JSON.stringify(values)}`);
}

export const ipAddress: Validator = (value) =>
  typeof value === 'string' && canonicalIp(value) !== undefined ? undefined : `'${show(value)}' is not a valid IP address`;

export const mac: Validator = (value) => {
  if (typeof value !== 'string' || !isMac(value)) return `'${show(value)}' is not a valid MAC address`;
  const first = Number.parseInt(value.slice(0, 2), 16);
  return (first & 1) === 1 || /^(00[:.-]?){6}$/.test(value) ? `'${value}' is not a unicast MAC address` : undefined;
};

/** A network prefix; host bits are refused, as they are most often a slip. */
export const subnet: Validator = (value) => {
  if (typeof value !== 'string' || !value.includes('/')) return `'${show(value)}' is not a valid IP subnet`;
  const cidr = parseCidr(value);
  const address = parseIp(value.slice(0, value.indexOf('/')));
  if (cidr === undefined || address === undefined) return `'${show(value)}' is not a valid IP subnet`;
  return address.value === cidr.first ? undefined : `'${show(value)}' isn't a recognized IP subnet cidr, its host bits are set`;
};

export const ipOrSubnet: Validator = (value) =>
  typeof value === 'string' && parseCidr(value) !== undefined ? undefined : `'${show(value)}' is neither a valid IP address, nor is it a valid IP subnet`;

export function orNull(validate: Validator): Validator {
  return (value) => (value === null ? undefined : validate(value));
}

export const object: Validator = (value) => (isJsonObject(value) ? undefined : `'${show(value)}' is not a dictionary`);

export interface ListLimits {
  readonly unique?: boolean;
  readonly maximum?: number;
}

export function listOf(validate: Validator, { unique = false, maximum = 1000 }: ListLimits = {}): Validator {
  return (value) => {
    if (!Array.isArray(value)) return `'${show(value)}' is not a list`;
    if (value.length > maximum) return `a list of ${value.length} items exceeds the maximum of ${maximum}`;
    for (const item of value) {
      const wrong = validate(item as Json);
      if (wrong !== undefined) return wrong;
    }
    if (unique && new Set(value.map((item) => JSON.stringify(item))).size !== value.length) return `Duplicate items in the list: '${show(value)}'`;
    return undefined;
  };
}

export interface Member {
  readonly validate: Validator;
  readonly required?: boolean;
}

/** An object with these members and no others. */
export function objectOf(members: Readonly<Record<string, Member>>): Validator {
  return (value) => {
    if (!isJsonObject(value)) return `'${show(value)}' is not a dictionary`;
    const unknown = Object.keys(value).filter((name) => !Object.hasOwn(members, name));
    if (unknown.length > 0) return `Unexpected keys supplied: ${unknown.map((name) => show(name)).join(', ')}`;
    for (const [name, { validate, required = false }] of Object.entries(members)) {
      const member = Object.hasOwn(value, name) ? (value as JsonObject)[name] : undefined;
      if (member === undefined) {
        if (required) return `Expected keys not found: '${name}'`;
        continue;
      }
      const wrong = validate(member);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

/** All of them, the first complaint counting. */
export function allOf(...validators: readonly Validator[]): Validator {
  return (value) => {
    for (const validate of validators) {
      const wrong = validate(value);
      if (wrong !== undefined) return wrong;
    }
    return undefined;
  };
}

function accepts(value: Json, convert: (value: Json) => Json, kind: string): string | undefined {
  try {
    convert(value);
    return undefined;
  } catch {
    return `'${show(value)}' is not ${kind === 'integer' ? 'an integer' : `a valid ${kind} value`}`;
  }
}
