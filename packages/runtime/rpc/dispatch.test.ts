import { UnsupportedVersion, type Endpoint } from '@neutrino/lib/rpc/messaging';
import { expect, test } from 'vitest';
import { dispatch, NoSuchMethod, serves } from './dispatch.ts';

const endpoint = (version: string, name: string): Endpoint => ({ version, methods: { [name]: (context, args) => ({ version, context, args }) } });
const ask = (method: string, version?: string) => ({ method, context: { request_id: 'req-1' }, args: { a: 1 }, ...(version === undefined ? {} : { version }) });

test.each([
  ['1.0', '1.0', true],
  ['1.9', '1.2', true],
  ['1.2', '1.9', false],
  ['1.10', '1.9', true],
  ['2.0', '1.0', false],
  ['1.0', '2.0', false],
  ['1', '1.0', true],
  ['1.0', 'one', false],
  ['one', 'one', false],
])('an endpoint of version %s serves a request for %s: %s', (served, asked, expected) => {
  expect(serves(served, asked)).toBe(expected);
});

test('the method of the first compatible endpoint that has it gets context and arguments', async () => {
  const endpoints = [endpoint('2.0', 'get'), endpoint('1.1', 'other'), endpoint('1.3', 'get'), endpoint('1.9', 'get')];
  expect(await dispatch(endpoints, ask('get', '1.2'))).toEqual({ version: '1.3', context: { request_id: 'req-1' }, args: { a: 1 } });
});

test('a request without a version asks for 1.0', async () => {
  expect(await dispatch([endpoint('2.0', 'get'), endpoint('1.5', 'get')], ask('get'))).toMatchObject({ version: '1.5' });
});

test('a version that no endpoint serves and a method that none has are told apart', async () => {
  await expect(dispatch([endpoint('1.1', 'get')], ask('get', '1.2'))).rejects.toThrow(UnsupportedVersion);
  await expect(dispatch([endpoint('1.1', 'get')], ask('put', '1.0'))).rejects.toThrow(NoSuchMethod);
});

test.each(['toString', 'constructor', '__proto__', '_private'])('what an object inherits or keeps for itself cannot be called: %s', async (method) => {
  const endpoints = [{ version: '1.0', methods: { _private: () => 'secret' } }];
  await expect(dispatch(endpoints, ask(method))).rejects.toThrow(NoSuchMethod);
});
