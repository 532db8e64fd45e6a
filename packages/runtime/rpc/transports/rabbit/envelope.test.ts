import { expect, test } from 'vitest';
import { decodeReply, decodeRequest, encodeReply, encodeRequest } from './envelope.ts';

const inner = (body: Buffer): unknown => {
  const outer = JSON.parse(body.toString()) as Record<string, string>;
  expect(Object.keys(outer)).toEqual(['oslo.version', 'oslo.message']);
  expect(outer['oslo.version']).toBe('2.0');
  return JSON.parse(outer['oslo.message'] ?? '');
};
const unique = expect.stringMatching(/^[0-9a-f]{32}$/) as string;

test('a call is written as oslo.messaging writes it', () => {
  const request = { method: 'report_state', args: { time: 'now' }, version: '1.2', context: { is_admin: true, roles: ['admin'] } };
  expect(inner(encodeRequest(request, { messageId: 'm', replyQueue: 'reply_1' }))).toEqual({
    method: 'report_state', args: { time: 'now' }, version: '1.2', _msg_id: 'm', _reply_q: 'reply_1', _timeout: null, _unique_id: unique,
    _context_is_admin: true, _context_roles: ['admin'],
  });
});

test('a cast says nothing of an answer', () => {
  expect(inner(encodeRequest({ method: 'm', args: {}, context: {} }))).toEqual({ method: 'm', args: {}, _unique_id: unique });
});

test('a result and a failure are written as oslo.messaging writes them', () => {
  expect(inner(encodeReply('m', { result: [1] }))).toEqual({ result: [1], failure: null, ending: true, _msg_id: 'm', _unique_id: unique });
  const failed = inner(encodeReply('m', { failure: { type: 'PortNotFound', message: 'gone' } })) as { failure: string };
  expect(failed).toEqual({ result: null, failure: expect.any(String) as string, ending: true, _msg_id: 'm', _unique_id: unique });
  expect(JSON.parse(failed.failure)).toEqual({ class: 'PortNotFound', module: 'neutron_lib.exceptions', message: 'gone', tb: [], args: ['gone'], kwargs: {} });
});

test('what was written is read', () => {
  const request = { method: 'm', args: { a: [1, null, 'ü'] }, version: '1.0', context: { user_id: null } };
  expect(decodeRequest(encodeRequest(request, { messageId: 'x', replyQueue: 'q' }))).toEqual({
    request, namespace: undefined, uniqueId: unique, reply: { messageId: 'x', replyQueue: 'q' },
  });
  expect(decodeReply(encodeReply('x', { result: null }))).toEqual({ messageId: 'x', ending: true, outcome: { result: null } });
  expect(decodeReply(encodeReply('x', { failure: { type: 'T', message: 'm', module: 'a.b' } }))).toMatchObject({ outcome: { failure: { type: 'T', message: 'm', module: 'a.b' } } });
});

test('a message without an envelope is the request itself', () => {
  expect(decodeRequest({ method: 'm' })).toMatchObject({ request: { method: 'm', args: {}, context: {} }, reply: undefined });
});

test('a failure is never read as success, whatever it looks like', () => {
  for (const failure of ['no JSON', '[]', {}, 7, true]) {
    const body = Buffer.from(JSON.stringify({ 'oslo.version': '2.0', 'oslo.message': JSON.stringify({ result: 'r', failure, _msg_id: 'm' }) }));
    expect(decodeReply(body).outcome).toHaveProperty('failure.type', 'Exception');
  }
});

test.each([
  ['', 'it is no JSON'],
  ['[]', 'it is no JSON object'],
  ['{"oslo.version":"3.0","oslo.message":"{}"}', 'its envelope is of a version'],
  ['{"oslo.version":"2.0","oslo.message":"secret"}', 'it is no JSON'],
  ['{"oslo.version":"2.0","oslo.message":"{}"}', 'it names no method'],
  ['{"oslo.version":"2.0","oslo.message":"{\\"method\\":\\"m\\",\\"args\\":[]}"}', 'its arguments are no object'],
])('%s is refused without being quoted', (text, reason) => {
  expect(() => decodeRequest(Buffer.from(text))).toThrow(reason);
  expect(() => decodeRequest(Buffer.from(text))).not.toThrow('secret');
});
