import { expect, test } from 'vitest';
import { parseTransportUrl } from './transport-url.ts';

const broker = (hostname: string, port = 5672, username = 'guest', password = 'guest') => ({ hostname, port, username, password });

test.each([
  ['rabbit://openstack:secret@controller', { brokers: [broker('controller', 5672, 'openstack', 'secret')], virtualHost: '/' }],
  ['rabbit://u:p@h:5673/', { brokers: [broker('h', 5673, 'u', 'p')], virtualHost: '/' }],
  ['rabbit://u:p@h1:1,v:q@h2:2/nova', { brokers: [broker('h1', 1, 'u', 'p'), broker('h2', 2, 'v', 'q')], virtualHost: 'nova' }],
  ['rabbit://h1,h2:7', { brokers: [broker('h1'), broker('h2', 7)], virtualHost: '/' }],
  ['rabbit://u%40x:p%2F%3A%2C%25@h//', { brokers: [broker('h', 5672, 'u@x', 'p/:,%')], virtualHost: '/' }],
  ['rabbit://u:p@[::1]:5673,u:p@[fd00::2]/a%2Fb', { brokers: [broker('::1', 5673, 'u', 'p'), broker('fd00::2', 5672, 'u', 'p')], virtualHost: 'a/b' }],
  ['rabbit://u:p:q@h', { brokers: [broker('h', 5672, 'u', 'p:q')], virtualHost: '/' }],
  ['rabbit://u:p@q@h', { brokers: [broker('h', 5672, 'u', 'p@q')], virtualHost: '/' }],
  ['rabbit://h', { brokers: [broker('h')], virtualHost: '/' }],
  ['rabbit://', { brokers: [broker('localhost', 5672, 'guest', 'guest')], virtualHost: '/' }],
  ['kombu://u:p@h', { brokers: [broker('h', 5672, 'u', 'p')], virtualHost: '/' }],
])('%s is read as oslo.messaging reads it', (text, expected) => {
  expect(parseTransportUrl(text)).toEqual({ ...expected, query: new Map() });
});

test('options stand behind the question mark', () => {
  expect(parseTransportUrl('rabbit://u:p@h/v?ssl=1&ssl_ca_file=/etc/ca.pem').query).toEqual(new Map([['ssl', '1'], ['ssl_ca_file', '/etc/ca.pem']]));
});

test.each([
  ['controller', 'must look like'],
  ['zmq://u:hunter2@h', 'no transport "zmq"'],
  ['rabbit://u:hunter2@h:port', 'a host must be written'],
  ['rabbit://u:hunter2@h:0', 'a port must be'],
  ['rabbit://u:hunter2@h:70000', 'a port must be'],
  ['rabbit://u:hunter2%@h', 'a password has a "%"'],
  ['rabbit://u:hunter2@h1,h2', 'every host needs'],
  ['rabbit://u:hunter2@::1:5672', 'a host must be written'],
])('%s is refused without quoting a secret', (text, reason) => {
  expect(() => parseTransportUrl(text)).toThrow(reason);
  expect(() => parseTransportUrl(text)).not.toThrow('hunter2');
});
