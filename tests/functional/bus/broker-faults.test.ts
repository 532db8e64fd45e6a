import type { JsonObject } from '@neutrino/lib/json';
import { MessagingTimeout, type Transport } from '@neutrino/lib/rpc/messaging';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requires } from '../../support/capabilities.ts';
import { rabbitTransport, type RabbitTransportOptions } from '../../support/rabbit-transport.ts';
import { realRabbit, startRabbit, type Rabbit } from '../../support/rabbitmq.ts';

const open: Transport[] = [];
let lines: string[] = [];
const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });

function connect(url: string, rabbit: RabbitTransportOptions['rabbit'] = {}): Transport {
  const transport = rabbitTransport(url, { log, rabbit });
  open.push(transport);
  return transport;
}
const logged = (): string => lines.join('');
const ask = (transport: Transport, topic: string, timeoutMs = 20_000) => transport.call({}, { topic }, 'whoami', {}, { timeoutMs });

/** Listens, and counts: what came, in its order, and how often something may have been missed. */
async function listen(transport: Transport, topic: string): Promise<{ readonly got: unknown[]; readonly gaps: () => number }> {
  const got: unknown[] = [];
  let gaps = 0;
  await transport.listen({
    topic,
    server: 'host-1',
    endpoints: [{ version: '1.0', methods: { whoami: () => topic, note: (_: JsonObject, { n }: JsonObject) => void got.push(n) } }],
    onGap: () => void gaps++,
  });
  return { got, gaps: () => gaps };
}

/** Until its end the broker stands still. */
function silence(broker: Rabbit): Disposable {
  broker.pause();
  return { [Symbol.dispose]: () => broker.resume() };
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport[Symbol.asyncDispose]()));
  lines = [];
});

describe('a broker in trouble', requires(realRabbit), () => {
  let rabbit: Rabbit;
  let other: Rabbit;
  beforeAll(async () => {
    [rabbit, other] = await Promise.all([startRabbit(), startRabbit()]);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([rabbit, other].map((each) => each[Symbol.asyncDispose]()));
  });
  let virtualHosts = 0;
  let virtualHost: string;
  let url: string;
  beforeEach(async () => {
    virtualHost = `faults-${++virtualHosts}`;
    url = await rabbit.virtualHost(virtualHost);
  });
  const list = (what: string, ...columns: readonly string[]): Promise<string> => rabbit.control(`list_${what}`, '-p', virtualHost, ...columns);

  test('is noticed when it falls silent, and another is taken; the first may be dead from the start', async () => {
    await other.kill();
    const both = `rabbit://guest:guest@127.0.0.1:${other.port},guest:guest@127.0.0.1:${rabbit.port}/`;
    const [server, client] = [connect(both, { heartbeat_timeout_threshold: '4' }), connect(both, { heartbeat_timeout_threshold: '4' })];
    const { gaps } = await listen(server, 'silent');
    expect(await ask(client, 'silent')).toBe('silent');
    await other.start();
    expect(logged()).not.toContain('no heartbeat');
    using _silence = silence(rabbit);
    await expect.poll(gaps, { timeout: 60_000 }).toBe(1);
    expect(await ask(client, 'silent')).toBe('silent');
    expect(logged()).toContain('no heartbeat');
  }, 120_000);

  test('may be silent for a while: nothing is lost, and what was sent arrives once, in its order', async () => {
    const [server, client] = [connect(url), connect(url)];
    const { got, gaps } = await listen(server, 'paused');
    await client.cast({}, { topic: 'paused' }, 'note', { n: 0 });
    await expect.poll(() => got).toHaveLength(1);
    const paused = silence(rabbit);
    for (let n = 1; n < 3000; n++) await client.cast({}, { topic: 'paused' }, 'note', { n });
    await expect(ask(client, 'paused', 500)).rejects.toThrow(MessagingTimeout);
    paused[Symbol.dispose]();
    await expect.poll(() => got.length, { timeout: 60_000 }).toBe(3000);
    expect(got).toEqual(Array.from({ length: 3000 }, (_, n) => n));
    expect(gaps()).toBe(0);
  });

  test('does not keep a program from its end by saying nothing', async () => {
    const transport = connect(url);
    await listen(transport, 'ending');
    using _silence = silence(rabbit);
    await transport[Symbol.asyncDispose]();
    // It has not waited to find that nobody is there.
    expect(logged()).not.toContain('no heartbeat');
  });

  test('that loses a queue under its listener has it again, and the listener knows', async () => {
    const [server, client] = [connect(url), connect(url)];
    const { gaps } = await listen(server, 'deleted');
    await rabbit.control('delete_queue', '-p', virtualHost, 'deleted.host-1');
    await expect.poll(gaps, { timeout: 60_000 }).toBe(1);
    expect(await client.call({}, { topic: 'deleted', server: 'host-1' }, 'whoami', {})).toBe('deleted');
  });

  test('whose virtual host is deleted and made again has all that was in it again', async () => {
    const [server, client] = [connect(url), connect(url)];
    const { gaps } = await listen(server, 'everything');
    expect(await ask(client, 'everything')).toBe('everything');
    await rabbit.control('delete_vhost', virtualHost);
    const meanwhile = ask(client, 'everything', 30_000);
    await expect.poll(logged).toMatch(/NOT_ALLOWED|NOT_FOUND|vhost/);
    await rabbit.virtualHost(virtualHost);
    expect(await meanwhile).toBe('everything');
    await expect.poll(gaps).toBe(1);
  }, 120_000);

  test('that has no room in a queue is offered the message again, until there is', async () => {
    await rabbit.control('set_policy', '-p', virtualHost, 'small', '^full$', '{"max-length": 1, "overflow": "reject-publish"}', '--apply-to', 'queues');
    const [server, client] = [connect(url), connect(url)];
    const listener = await server.listen({ topic: 'full', server: 'host-1', endpoints: [] });
    await listener[Symbol.asyncDispose]();
    for (let n = 0; n < 20; n++) await client.cast({}, { topic: 'full' }, 'note', { n });
    await expect(ask(client, 'full', 500)).rejects.toThrow(MessagingTimeout);
    expect(await list('queues', 'name', 'messages')).toMatch(/^full\t1$/m);
    const { got } = await listen(server, 'full');
    await expect.poll(() => got.toSorted((a, b) => Number(a) - Number(b)), { timeout: 60_000 }).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test('is asked again every few seconds while nothing answers, and as configured while it refuses', async () => {
    await other.kill();
    connect(`rabbit://guest:guest@127.0.0.1:${other.port}/`, { rabbit_retry_interval: '30' });
    connect(url.replace('guest:guest', 'guest:wrong'), { rabbit_retry_interval: '30' });
    const waits = (reason: RegExp): readonly number[] =>
      lines.filter((line) => reason.test(line)).map((line) => (JSON.parse(line) as { againInMs: number }).againInMs);
    await expect.poll(() => waits(/ECONNREFUSED/).length).toBeGreaterThan(0);
    await expect.poll(() => waits(/ACCESS_REFUSED/).length).toBeGreaterThan(0);
    expect(Math.max(...waits(/ECONNREFUSED/))).toBeLessThanOrEqual(5000);
    expect(Math.min(...waits(/ACCESS_REFUSED/))).toBeGreaterThan(20_000);
  });

  test('has queues and listeners as the options say', async () => {
    const options = {
      usual: {},
      durable: { amqp_durable_queues: 'true' },
      passing: { amqp_auto_delete: 'true', rabbit_qos_prefetch_count: '7' },
      quorum: { rabbit_quorum_queue: 'true', rabbit_quorum_delivery_limit: '3', rabbit_quroum_max_memory_length: '5', rabbit_quroum_max_memory_bytes: '6000', enable_cancel_on_failover: 'true' },
      mirrored: { rabbit_ha_queues: 'true', enable_cancel_on_failover: 'true', rabbit_transient_queues_ttl: '9' },
    };
    for (const [topic, flags] of Object.entries(options)) await listen(connectApart(topic, flags), topic);
    const queues = await list('queues', 'name', 'durable', 'auto_delete', 'type', 'arguments');
    const queue = (name: string | RegExp): string => queues.split('\n').find((line) => (typeof name === 'string' ? line.startsWith(`${name}\t`) : name.test(line))) ?? '';
    expect(queue('usual')).toBe('usual\tfalse\tfalse\tclassic\t[]');
    expect(queue(/^usual_fanout_/)).toMatch(/\tfalse\tfalse\tclassic\t.*"x-expires",1800000/);
    expect(queue('durable')).toContain('durable\ttrue\tfalse\tclassic');
    expect(queue('passing')).toContain('passing\tfalse\ttrue\tclassic');
    expect(queue('quorum')).toMatch(/quorum\ttrue\tfalse\tquorum\t.*"x-delivery-limit",3.*"x-max-in-memory-length",5.*"x-max-in-memory-bytes",6000/);
    expect(queue(/^quorum_fanout_/)).toContain('\tfalse\tfalse\tclassic\t');
    expect(queue('mirrored')).toContain('"x-ha-policy","all"');
    expect(queue(/^mirrored_fanout_/)).toMatch(/"x-expires",9000/);
    const consumers = await list('consumers', 'queue_name', 'prefetch_count', 'arguments');
    expect(consumers).toMatch(/^passing\t71\t/m);
    expect(consumers).toMatch(/^usual\t128\t/m);
    expect(consumers).toMatch(/^quorum\t128\t\[\]/m);
    expect(consumers).toMatch(/^mirrored\t128\t.*x-cancel-on-ha-failover/m);

    // What is durable, and waits, outlives the broker; the queue of a program that is gone does not outlive its time.
    await Promise.all(open.splice(0).map((transport) => transport[Symbol.asyncDispose]()));
    const left = await list('queues', 'name');
    expect(left).not.toMatch(/^passing$/m);
    expect(left).not.toContain('_fanout_');
    const client = connectApart('durable', options.durable);
    await client.cast({}, { topic: 'durable' }, 'note', { n: 'kept' });
    await expect.poll(() => list('queues', 'name', 'messages'), { timeout: 60_000 }).toMatch(/^durable\t1$/m);
    await rabbit.kill();
    await rabbit.start();
    const after = await list('queues', 'name');
    expect(after).not.toMatch(/^usual/m);
    const { got } = await listen(connectApart('durable', options.durable), 'durable');
    await expect.poll(() => got, { timeout: 60_000 }).toEqual(['kept']);
  }, 120_000);

  /** Connects with an exchange of its own: one that was declared for another kind of queues would be refused. */
  function connectApart(topic: string, options: Readonly<Record<string, string>>): Transport {
    const transport = rabbitTransport(url, { rabbit: options, defaults: { control_exchange: `exchange-${topic}` }, log });
    open.push(transport);
    return transport;
  }

  test('forgets the queue of a program that is gone after its time', async () => {
    const client = connect(url, { rabbit_transient_queues_ttl: '1' });
    await expect(ask(client, 'nobody', 300)).rejects.toThrow(MessagingTimeout);
    expect(await list('queues', 'name')).toContain('reply_');
    await client[Symbol.asyncDispose]();
    await expect.poll(() => list('queues', 'name'), { timeout: 60_000 }).not.toContain('reply_');
  });
});

describe('a cluster of three brokers', requires(realRabbit), () => {
  const brokers: Rabbit[] = [];
  beforeAll(async () => {
    const first = await startRabbit();
    brokers.push(first);
    for (let n = 0; n < 2; n++) brokers.push(await startRabbit({ cluster: first }));
  }, 120_000);
  afterAll(async () => {
    for (const broker of brokers) await broker[Symbol.asyncDispose]();
  });

  test('loses the one that leads, and goes on; a quorum queue loses nothing', async () => {
    const url = `rabbit://${brokers.map(({ port }) => `guest:guest@127.0.0.1:${port}`).join(',')}/`;
    const pair = async (topic: string, options: Readonly<Record<string, string>>) => {
      const [server, client] = [1, 2].map(() => rabbitTransport(url, { rabbit: options, defaults: { control_exchange: topic }, log })) as [Transport, Transport];
      open.push(server, client);
      return { topic, client, ...(await listen(server, topic)) };
    };
    // What a passing queue held that was on the killed broker alone may be lost, and listeners are told.
    const [quorum, passing] = [await pair('quorum', { rabbit_quorum_queue: 'true' }), await pair('passing', {})];
    for (const { client, topic } of [quorum, passing]) expect(await ask(client, topic, 30_000)).toBe(topic);
    // A queue that was just declared may not be on all of them yet.
    const [first] = brokers as [Rabbit];
    const online = async (): Promise<number | undefined> => /^quorum\t(.*)$/m.exec(await first.control('list_queues', 'name', 'online'))?.[1]?.split(',').length;
    await expect.poll(online, { timeout: 60_000 }).toBe(3);
    const leader = /^quorum\t(\S+)$/m.exec(await first.control('list_queues', 'name', 'leader'))?.[1];
    const leading = brokers.find(({ node }) => node.name === leader);
    await leading?.kill();
    for (let n = 0; n < 300; n++) await quorum.client.cast({}, { topic: 'quorum' }, 'note', { n });
    for (const { client, topic } of [quorum, passing]) expect(await ask(client, topic, 40_000)).toBe(topic);
    await expect.poll(() => [...new Set(quorum.got)].toSorted((a, b) => Number(a) - Number(b)), { timeout: 60_000 }).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(leading).toBeDefined();
  }, 120_000);
});
