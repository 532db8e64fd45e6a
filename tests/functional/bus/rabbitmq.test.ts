import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '@neutrino/lib/json';
import { MessagingTimeout, type Transport } from '@neutrino/lib/rpc/messaging';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { command, requires } from '../../support/capabilities.ts';
import { freePort } from '../../support/free-port.ts';
import { rabbitTransport, type RabbitTransportOptions } from '../../support/rabbit-transport.ts';
import { realRabbit, startRabbit, type Rabbit } from '../../support/rabbitmq.ts';

const open: Transport[] = [];
let lines: string[] = [];

/** A connection whose log the test can read. */
function connect(url: string, options: RabbitTransportOptions = {}): Transport {
  const transport = rabbitTransport(url, { log: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }), ...options });
  open.push(transport);
  return transport;
}
const logged = (): string => lines.join('');
const service = (name: string) => ({ version: '1.0', methods: { whoami: () => name, hang: () => new Promise<never>(() => undefined) } });
const ask = (transport: Transport, topic: string, timeoutMs = 20_000) => transport.call({}, { topic }, 'whoami', {}, { timeoutMs });

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport[Symbol.asyncDispose]()));
  lines = [];
});

describe('a broker', requires(realRabbit), () => {
  let rabbit: Rabbit;
  beforeAll(async () => {
    rabbit = await startRabbit();
  });
  afterAll(() => rabbit[Symbol.asyncDispose]());
  let virtualHosts = 0;
  let url: string;
  beforeEach(async () => {
    // Queues and exchanges outlive their programs; another virtual host has none.
    url = await rabbit.virtualHost(`test-${++virtualHosts}`);
  });
  const queues = (...columns: readonly string[]): Promise<string> => rabbit.control('list_queues', '-p', `test-${virtualHosts}`, 'name', ...columns);

  test('that is killed and started again is gone back to: listeners hear, and say that they may have missed something', async () => {
    // Durable, so that the queue is there before its listener is, and nothing is lost that could be kept.
    const durable = { rabbit: { amqp_durable_queues: 'true' } };
    const [server, client] = [connect(url, durable), connect(url, durable)];
    const got: unknown[] = [];
    let gaps = 0;
    const notes = { version: '1.0', methods: { note: (_: JsonObject, { n }: JsonObject) => void got.push(n) } };
    await server.listen({ topic: 'service', server: 'host-1', endpoints: [service('server'), notes], onGap: () => void gaps++ });
    expect(await ask(client, 'service')).toBe('server');
    expect(gaps).toBe(0);

    const inFlight = expect(client.call({}, { topic: 'service' }, 'hang', {}, { timeoutMs: 3000 })).rejects.toThrow(MessagingTimeout);
    await sleep(200);
    await rabbit.kill();
    const before = performance.now();
    const meanwhile = ask(client, 'service', 60_000);
    for (let n = 0; n < 1000; n++) await client.cast({}, { topic: 'service' }, 'note', { n });
    // Not one of them waits for the broker, which is not there.
    expect(performance.now() - before).toBeLessThan(30_000);
    await inFlight;
    await rabbit.start();
    expect(await meanwhile).toBe('server');
    await expect.poll(() => got.length, { timeout: 60_000 }).toBe(1000);
    expect(got).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    expect(gaps).toBe(1);
    expect(logged()).toContain('the connection to the message broker is lost');
  }, 120_000);

  test('that drops a connection is gone back to, and no message comes twice or is lost', async () => {
    const [server, client] = [connect(url), connect(url)];
    const got: number[] = [];
    await server.listen({ topic: 'counted', server: 'host-1', endpoints: [{ version: '1.0', methods: { note: (_, { n }) => void got.push(n as number) } }] });
    await client.cast({}, { topic: 'counted' }, 'note', { n: -1 });
    for (let n = 0; n < 3000; n++) {
      await client.cast({}, { topic: 'counted' }, 'note', { n });
      if (n % 1000 === 500) await rabbit.control('close_all_connections', 'a test');
    }
    await expect.poll(() => new Set(got).size, { timeout: 60_000 }).toBe(3001);
    expect(got).toHaveLength(3001);
  }, 120_000);

  test('is found among several, by name, by IPv6 address, with credentials of its own', async () => {
    await rabbit.control('add_user', 'u/s@r', 'p:a%/');
    await rabbit.control('add_vhost', '/a b');
    await rabbit.control('set_permissions', '-p', '/a b', 'u/s@r', '.*', '.*', '.*');
    const transport = connect(`rabbit://x:y@127.0.0.1:${await freePort()},x:y@localhost:${rabbit.port},u%2Fs%40r:p%3Aa%25%2F@[::1]:${rabbit.port}/%2Fa%20b`);
    await transport.listen({ topic: 'service', server: 'host-1', endpoints: [service('found')] });
    expect(await ask(transport, 'service')).toBe('found');
    expect(await rabbit.control('list_connections', 'user', 'vhost', 'peer_host')).toContain('u/s@r\t/a b\t::1');
    expect(logged()).not.toContain('p:a%/');
  });

  test('that refuses the password is asked again and again, which the log says without it', async () => {
    const transport = connect(url.replace('guest:guest', 'guest:hunter2'));
    await expect(ask(transport, 'service', 1500)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toMatch(/ACCESS_REFUSED|ACCESS-REFUSED/);
    expect(logged()).not.toContain('hunter2');
  });

  test('that has a queue with other flags says so; once that queue is gone, all is well', async () => {
    const [first, second] = [connect(url, { rabbit: { amqp_auto_delete: 'false' } }), connect(url, { rabbit: { rabbit_quorum_queue: 'true' }, defaults: { control_exchange: 'other' } })];
    await first.listen({ topic: 'flags', server: 'host-1', endpoints: [service('first')] });
    const listening = second.listen({ topic: 'flags', server: 'host-1', endpoints: [service('second')] });
    await expect.poll(logged).toMatch(/queues cannot be listened to.*|PRECONDITION_FAILED/);
    expect(logged()).toContain('flags');
    await first[Symbol.asyncDispose]();
    for (const queue of ['flags', 'flags.host-1']) await rabbit.control('delete_queue', '-p', `test-${virtualHosts}`, queue);
    await listening;
    expect(await ask(second, 'flags')).toBe('second');
  });

  test('that has an exchange with other flags fails a call at once, and spoils nothing else', async () => {
    const odd = connect(url, { defaults: { control_exchange: 'amq.topic' } });
    const ordinary = connect(url);
    await ordinary.listen({ topic: 'unspoilt', server: 'host-1', endpoints: [service('ordinary')] });
    await expect(ask(odd, 'unspoilt')).rejects.toThrow(/refused|refuses/);
    expect(await ask(ordinary, 'unspoilt')).toBe('ordinary');
    expect(logged()).toContain('the broker refuses an exchange');
  });

  test('keeps a call no longer than it is waited for', async () => {
    const [server, client] = [connect(url), connect(url)];
    const listener = await server.listen({ topic: 'late', server: 'host-1', endpoints: [service('server')] });
    await listener[Symbol.asyncDispose]();
    await expect(ask(client, 'late', 300)).rejects.toThrow(MessagingTimeout);
    await expect.poll(() => queues('messages')).toContain('late\t0');
  });

  test('that runs out of memory takes nothing, but goes on handing out what it has', async () => {
    const [server, client] = [connect(url), connect(url)];
    let got = 0;
    await server.listen({ topic: 'memory', server: 'host-1', endpoints: [{ version: '1.0', methods: { note: () => void got++ } }, service('server')] });
    expect(await ask(client, 'memory')).toBe('server');
    await rabbit.control('set_vm_memory_high_watermark', '0');
    await expect.poll(async () => {
      await client.cast({}, { topic: 'memory' }, 'note', {});
      return logged();
    }, { timeout: 60_000 }).toContain('takes nothing more for now');
    await rabbit.control('set_vm_memory_high_watermark', '0.4');
    expect(await ask(client, 'memory', 30_000)).toBe('server');
    expect(got).toBeGreaterThan(0);
  }, 120_000);
});

describe('a broker that speaks TLS', requires(realRabbit, command('openssl')), () => {
  let rabbit: Rabbit;
  const url = (host: string, query: string): string => `rabbit://guest:guest@${host}:${rabbit.port}/?${query}`;
  const works = async (transport: Transport): Promise<void> => {
    await transport.listen({ topic: 'tls', server: 'host-1', endpoints: [service('tls')] });
    expect(await ask(transport, 'tls')).toBe('tls');
  };
  beforeAll(async () => {
    rabbit = await startRabbit({ tls: true });
  });
  afterAll(() => rabbit[Symbol.asyncDispose]());

  test('is trusted where the file of authorities has its authority', async () => {
    await works(connect(url('localhost', `ssl=true&ssl_ca_file=${rabbit.caFile}&ssl_version=TLSv1_2`)));
  });

  test('may bear any name unless its name is to be checked', async () => {
    await works(connect(url('127.0.0.1', `ssl=1&ssl_ca_file=${rabbit.caFile}`)));
    await works(connect(url('localhost', `ssl=1&ssl_ca_file=${rabbit.caFile}&ssl_enforce_hostname_verification=1`)));
    const checked = connect(url('127.0.0.1', `ssl=1&ssl_ca_file=${rabbit.caFile}&ssl_enforce_hostname_verification=1`));
    await expect(ask(checked, 'tls', 1000)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toMatch(/ALTNAME/);
  });

  test('is not trusted where another authority is named, nor out of date, nor with another version of TLS', async () => {
    await using other = await startRabbit({ tls: 'expired', settings: ['ssl_options.versions.1 = tlsv1.3'] });
    await expect(ask(connect(url('localhost', `ssl=1&ssl_ca_file=${other.caFile}`)), 'tls', 1000)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toMatch(/certificate|SIGNATURE/);
    const atOther = (query: string): Transport => connect(`rabbit://guest:guest@localhost:${other.port}/?${query}`);
    await expect(ask(atOther(`ssl=1&ssl_ca_file=${other.caFile}`), 'tls', 1000)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toMatch(/CERT_HAS_EXPIRED/);
    await expect(ask(atOther('ssl=1&ssl_version=TLSv1_2'), 'tls', 1000)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toMatch(/protocol version|PROTOCOL_VERSION/i);
    await works(atOther('ssl=1&ssl_version=SSLv23'));
  });

  test('may want to see a certificate', async () => {
    await using strict = await startRabbit({ tls: true, settings: ['ssl_options.verify = verify_peer', 'ssl_options.fail_if_no_peer_cert = true'] });
    const query = `ssl=1&ssl_ca_file=${strict.caFile}`;
    const atStrict = (more: string): Transport => connect(`rabbit://guest:guest@localhost:${strict.port}/?${query}${more}`);
    await expect(ask(atStrict(''), 'tls', 1000)).rejects.toThrow(MessagingTimeout);
    expect(logged()).toContain('cannot be reached');
    await works(atStrict(`&ssl_cert_file=${strict.client.certFile}&ssl_key_file=${strict.client.keyFile}`));
  });

  test('is not spoken to with a key that is none, nor where FIPS is asked for that this machine does not have', () => {
    expect(() => connect(url('localhost', 'ssl=1&ssl_enforce_fips_mode=true'))).toThrow(/ssl_enforce_fips_mode/);
    expect(() => connect(url('localhost', `ssl=1&ssl_cert_file=${rabbit.client.certFile}&ssl_key_file=/etc/hostname`))).toThrow(/ssl_key_file/);
  });

  test('is believed without authorities, which the log warns of', async () => {
    await works(connect(url('localhost', 'ssl=1')));
    expect(logged()).toContain('certificate is not checked');
  });
});
