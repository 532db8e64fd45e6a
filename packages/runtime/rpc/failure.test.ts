import { RemoteError, UnsupportedVersion } from '@neutrino/lib/rpc/messaging';
import { expect, test } from 'vitest';
import { errorOf, failureOf } from './failure.ts';

test.each([
  [new RangeError('too far'), { type: 'RangeError', message: 'too far' }],
  [Object.assign(new Error('gone'), { type: 'PortNotFound' }), { type: 'PortNotFound', message: 'gone' }],
  [new RemoteError('PortNotFound', 'gone'), { type: 'PortNotFound', message: 'gone' }],
  ['a text', { type: 'Error', message: 'a text' }],
  [undefined, { type: 'Error', message: 'undefined' }],
])('of %o the caller is told class name and message', (error, failure) => {
  expect(failureOf(error)).toEqual(failure);
});

test('the caller gets a RemoteError, or UnsupportedVersion as such', () => {
  expect(errorOf({ type: 'PortNotFound', message: 'gone' })).toEqual(new RemoteError('PortNotFound', 'gone'));
  expect(errorOf(failureOf(new UnsupportedVersion('1.9')))).toBeInstanceOf(UnsupportedVersion);
});
