import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../json.ts';
import type { Converter, Validator } from './attribute.ts';
import { buildApi } from './build-api.ts';
import { extensions } from './definitions/index.ts';
import { NeutronError } from '../exceptions/neutron-error.ts';
import { ipAddress, ipOrSubnet, line, listOf, mac, nameString, objectOf, orNull, routeCidr, string, subnet, unicastIpOrSubnet, uuid } from './validators.ts';

const attributes = buildApi(extensions).resources.flatMap(({ collection, attributes: map }) => Object.entries(map).map(([name, attribute]) => [`${collection} ${name}`, attribute] as const));
const anything = fc.jsonValue({ maxDepth: 4 }).map((value) => value as Json);

function accepts(validate: Validator, ...values: readonly Json[]): void {
  for (const value of values) expect(validate(value), JSON.stringify(value)).toBeUndefined();
}
function refuses(validate: Validator, ...values: readonly Json[]): void {
  for (const value of values) expect(validate(value), JSON.stringify(value)).toEqual(expect.any(String));
}

describe('every attribute', () => {
  it('says of any value that it is right, or in a short sentence what is wrong', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), anything, ([, { validate }], value) => {
        const problem = validate?.(value);
        expect(problem === undefined || (problem !== '' && problem.length < 1000)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('converts what it accepts, and a second time to the same', () => {
    fc.assert(
      fc.property(fc.constantFrom(...attributes), anything, ([, { validate, convertTo = (same: Json) => same }], value) => {
        fc.pre(validate?.(value) === undefined);
        const once = convertOrRefuse(convertTo, value);
        if (once === undefined) return;
        expect(convertTo(once)).toEqual(once);
        expect(validate?.(once)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });
});

/** Undefined where the converter itself refuses the value, with a 4xx. */
function convertOrRefuse(convert: Converter, value: Json): Json | undefined {
  try {
    return convert(value);
  } catch (error) {
    expect(error).toBeInstanceOf(NeutronError);
    return undefined;
  }
}

describe('text', () => {
  it('is counted in characters, and is whole', () => {
    accepts(string(3), '', 'äöü', '😀😀😀');
    refuses(string(3), 'abcd', '😀😀😀😀', 5, null, ['a'], '\ud800', 'a\0b');
  });

  it('of names holds no control characters and no blanks at the ends', () => {
    accepts(nameString(255), '', 'a b', 'Netz für Büro', '网络');
    refuses(nameString(255), ' a', 'a ', 'a\nb', 'a\u007f', 'a\u2028b', '\u202ea', 'x'.repeat(256));
  });

  it('of one line has something on it', () => {
    accepts(line(64), 'router', 'a b');
    refuses(line(64), '', '  ', 'a\nb', 'a\r', 'a\u0085b');
  });

  it('is a UUID with or without dashes', () => {
    accepts(uuid, '8db5b293-e6ed-4066-bf42-b95c0e3b17ac', '8db5b293e6ed4066bf42b95c0e3b17ac', '8DB5B293-E6ED-4066-BF42-B95C0E3B17AC');
    refuses(uuid, '', 'x', '8db5b293-e6ed-4066-bf42-b95c0e3b17a', ' 8db5b293-e6ed-4066-bf42-b95c0e3b17ac', null);
  });
});

describe('addresses', () => {
  it('are whole and unambiguous', () => {
    accepts(ipAddress, '192.0.2.1', '2001:db8::1', '::');
    refuses(ipAddress, '192.0.2', '192.0.2.01', '192.0.2.256', '1', '2001:db8::1/64', '::1%lo', ' 192.0.2.1', 3232235521);
  });

  it('of subnets have a length, and of routes no host bits', () => {
    accepts(subnet, '192.0.2.5/24', '2001:db8::/64', '0.0.0.0/0');
    refuses(subnet, '192.0.2.0', '192.0.2.0/33', '192.0.2.0/255.255.255.0', '/24', '2001:db8::/129');
    accepts(routeCidr, '192.0.2.0/24', '0.0.0.0/0', '::/0');
    refuses(routeCidr, '192.0.2.5/24', '192.0.2.0', '127.0.0.0/8', '::1/128');
    accepts(ipOrSubnet, '192.0.2.5', '192.0.2.5/24');
    refuses(unicastIpOrSubnet, '224.0.0.1', '224.0.0.0/24', 'ff02::1', 'x');
  });

  it('of interfaces are of one interface', () => {
    accepts(mac, 'fa:16:3e:00:00:01', 'FA-16-3E-00-00-01', 'fa163e000001');
    refuses(mac, 'ff:ff:ff:ff:ff:ff', '01:00:5e:00:00:01', '00:00:00:00:00:00', 'fa:16:3e:00:00', '', null);
  });
});

describe('structures', () => {
  const pair = objectOf({ a: { validate: string(5), required: true }, b: { validate: orNull(uuid) } });

  it('have the members that they need and no others', () => {
    accepts(pair, { a: 'x' }, { a: 'x', b: null });
    refuses(pair, {}, { b: null }, { a: 'x', c: 1 }, { a: 1 }, [], 'a', null);
  });

  it('in lists may have to differ, whatever the order of their members', () => {
    accepts(listOf(pair), [{ a: 'x' }, { a: 'x' }]);
    refuses(listOf(pair, { unique: true }), [{ a: 'x', b: null }, { b: null, a: 'x' }]);
  });
});
