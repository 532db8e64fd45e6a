import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inEachObject, show, toBoolean, toCidr, toEthertype, toInteger, toIp, toMac } from './converters.ts';

describe('converters', () => {
  it('take what clients write for truth', () => {
    for (const value of [true, 1, '1', 'True', 'yes', ' on ', 'T', 'Y']) expect(toBoolean(value)).toBe(true);
    for (const value of [false, 0, '0', 'FALSE', 'no', 'off', 'f', 'n']) expect(toBoolean(value)).toBe(false);
    for (const value of [null, 2, '', 'maybe', [], {}, [true]]) expect(() => toBoolean(value)).toThrow('cannot be converted to boolean');
  });

  it('take integers in text, and nothing that is not whole', () => {
    expect([toInteger(5), toInteger('-5'), toInteger(' 7 ')]).toEqual([5, -5, 7]);
    for (const value of [1.5, '1.5', '', 'x', '0x10', true, null, [], 1e300, '9'.repeat(30)]) expect(() => toInteger(value)).toThrow('is not an integer');
  });

  it('write addresses in their one canonical form', () => {
    expect(toMac('FA-16-3E-00-00-0A')).toBe('fa:16:3e:00:00:0a');
    expect(toIp('2001:DB8:0:0::1')).toBe('2001:db8::1');
    expect(toCidr('10.0.0.7/8')).toBe('10.0.0.0/8');
    expect(toEthertype('ipv6')).toBe('IPv6');
  });

  it('leave alone what is none, for validators to refuse', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        for (const convert of [toMac, toIp, toCidr, toEthertype, inEachObject({ a: toIp })]) expect(() => convert(value as null)).not.toThrow();
      }),
    );
  });

  it('show any value in little room', () => {
    fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => show(value as null).length <= 301));
  });
});
