import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { redact } from './redact.ts';
import { processorMs } from '../../../tests/support/processor-time.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'neutrino-log-'));
});
afterEach(() => rmSync(directory, { recursive: true }));
const logged = (name: string): string => readFileSync(join(directory, name), 'utf8');

test('a log file is named after the program, or lies in the log directory, and holds lines for people', () => {
  createLogger({ program: 'neutron-x', logDir: directory }).info({ port_id: 'p 1', n: 2 }, 'a port');
  expect(logged('neutron-x.log')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z \d+ INFO neutron-x: a port port_id="p 1" n=2\n$/);
  createLogger({ program: 'neutron-x', logDir: directory, logFile: 'sub/other.log' }).warn('w');
  expect(logged('sub/other.log')).toContain('WARNING neutron-x: w');
});

test('lines are JSON where that is asked for', () => {
  createLogger({ program: 'neutron-x', logFile: join(directory, 'a.log'), pretty: false }).info({ a: 1 }, 'm');
  expect(JSON.parse(logged('a.log'))).toMatchObject({ level: 30, name: 'neutron-x', a: 1, msg: 'm' });
});

test('debug messages are written only when asked for', () => {
  for (const debug of [false, true]) createLogger({ program: 'neutron-x', logDir: directory, debug }).debug(`debug is ${debug}`);
  expect(logged('neutron-x.log')).toMatch(/^\S+ \d+ DEBUG neutron-x: debug is true\n$/);
});

test('an error is written with its stack', () => {
  createLogger({ program: 'neutron-x', logDir: directory }).error({ err: new RangeError('too far') }, 'm');
  expect(logged('neutron-x.log')).toMatch(/ERROR neutron-x: m\n {4}RangeError: too far\n\s+at /);
});

test('secrets never reach the log, at whatever depth, in texts and in URLs', () => {
  const log = createLogger({ program: 'neutron-x', logDir: directory });
  const secret = 'hunter"2 $&\\';
  log.info({ password: secret, deep: { list: [{ metadata_proxy_shared_secret: secret, memcache_secret_key: secret, 'X-Auth-Token': secret }] } }, 'm');
  log.info({ body: JSON.stringify({ auth: { token: secret, admin_password: secret } }) }, 'm');
  log.error({ err: new Error('cannot connect to rabbit://user:hunter2@host:5672/') }, 'connection mysql+pymysql://neutron:hunter2@db/neutron failed');
  expect(logged('neutron-x.log')).not.toContain('hunter');
  expect(logged('neutron-x.log')).toContain('rabbit://user:***@host:5672/');
});

test('a client that fills its URL with what looks like the beginning of a secret does not keep the log busy', () => {
  const start = process.cpuUsage();
  for (const url of [`${'a'.repeat(60_000)}://`, 'x://a:'.repeat(10_000), 'a:'.repeat(30_000), 'token="'.repeat(8000), `token='${'a\\'.repeat(30_000)}`, `token${'\\'.repeat(60_000)}`]) redact(JSON.stringify({ url, see: '://' }));
  expect(processorMs(start)).toBeLessThan(1000);
});

test('redacting leaves lines readable as JSON, whatever the secret', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (password, other) => {
      expect(JSON.parse(redact(JSON.stringify({ password, a: { token: password }, n: 1 })))).toEqual({ password: '***', a: { token: '***' }, n: 1 });
      expect(JSON.parse(redact(JSON.stringify({ other, n: 1 })))).toHaveProperty('n', 1);
    }),
  );
});
