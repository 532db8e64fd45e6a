import { expect, test } from 'vitest';
import { knownMinor, primitive, targetMinor } from './versioned-object.ts';

test.each([
  ['1.7', 7],
  ['1.0', 0],
  ['0.9', 0],
  ['1.8', undefined],
  ['2.0', undefined],
  ['one', undefined],
  ['1.7.1', undefined],
])('of an agent that understands %s, an object of 1.7 is made for minor %s', (asked, minor) => {
  expect(knownMinor(asked, '1.7')).toBe(minor);
  if (minor === undefined) expect(() => targetMinor(asked, '1.7')).toThrow(`Invalid target version ${asked}`);
});

test('a field without a value is left out, also of those that are said to have changed', () => {
  expect(primitive({ name: 'Port', version: '1.7', data: { id: 'p', device_profile: undefined, dns: null }, changes: ['id', 'device_profile'] })).toEqual({
    'versioned_object.name': 'Port', 'versioned_object.namespace': 'versionedobjects', 'versioned_object.version': '1.7',
    'versioned_object.data': { id: 'p', dns: null }, 'versioned_object.changes': ['id'],
  });
});
