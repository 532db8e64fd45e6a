import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { MessagingTimeout, RemoteError, TransportClosed, UnsupportedVersion, type Transport } from '@neutrino/lib/rpc/messaging';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { childProcessChannel, messagePortChannel } from '@neutrino/runtime/rpc/transports/in-process/channel';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { requires } from '../../support/capabilities.ts';
import { rabbitTransport } from '../../support/rabbit-transport.ts';
import { realRabbit, startRabbit, type Rabbit } from '../../support/rabbitmq.ts';

const source = ['--conditions=neutrino-source'];
let broker: Broker;
let caller: Transport;
let children: ChildProcess[];
let workers: Worker[];

beforeEach(() => {
  broker = createBroker();
  caller = broker.connect();
  children = [];
  workers = [];
});
afterEach(async () => {
  await broker[Symbol.asyncDispose]();
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(workers.map((worker) => worker.terminate()));
});

function startChild(server: string): ChildProcess {
  const child = spawn(process.execPath, [...source, fileURLToPath(import.meta.resolve('./child-peer.ts')), server], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  broker.attach(childProcessChannel(child));
  return child;
}

function startWorker(server: string): Worker {
  const { port1, port2 } = new MessageChannel();
  broker.attach(messagePortChannel(port1));
  const worker = new Worker(fileURLToPath(import.meta.resolve('./worker-peer.ts')), { execArgv: source, workerData: { port: port2, server }, transferList: [port2] });
  workers.push(worker);
  return worker;
}

const call = (method: string, args = {}, timeoutMs = 20_000, version = '1.1') => caller.call({ request_id: 'req-1' }, { topic: 'peer', version }, method, args, { timeoutMs });

/** What holds of every transport. `start` starts a peer, another process or thread. */
function behavesAsABus(start: (server: string) => ChildProcess | Worker): void {
  test('a call sent before the peer is up is answered by it', async () => {
    const answer = call('whoami');
    start('a');
    expect(await answer).toMatchObject({ server: 'a', context: { request_id: 'req-1' } });
  });

  test('the peer can call this process while it is being called', async () => {
    start('a');
    await caller.listen({ topic: 'here', server: 'main', endpoints: [{ version: '1.0', methods: { answer: (context) => context } }] });
    expect(await call('askBack', { topic: 'here' })).toEqual({ request_id: 'req-1' });
  });

  test('who wants only what is addressed to it gets that, and nothing of what the others share', async () => {
    const got: unknown[] = [];
    const note = { version: '1.0', methods: { note: (_: unknown, { n }: { readonly [name: string]: unknown }) => void got.push(n) } };
    await caller.listen({ topic: 'addressed', server: 'main', addressedOnly: true, endpoints: [note] });
    const shared: unknown[] = [];
    await caller.listen({ topic: 'addressed', server: 'other', endpoints: [{ version: '1.0', methods: { note: (_, { n }) => void shared.push(n) } }] });
    await caller.cast({}, { topic: 'addressed', fanout: true }, 'note', { n: 'to all' });
    for (const n of [1, 2, 3]) await caller.cast({}, { topic: 'addressed' }, 'note', { n });
    await caller.cast({}, { topic: 'addressed', server: 'main' }, 'note', { n: 'to main' });
    await expect.poll(() => [got, shared.length], { timeout: 60_000 }).toEqual([['to main'], 4]);
  });

  test('a large message crosses whole', async () => {
    start('a');
    const numbers = Array.from({ length: 300_000 }, (_, n) => n);
    expect(await call('sum', { numbers })).toBe((299_999 * 300_000) / 2);
  });

  test('ten thousand messages from the peer arrive once each, in order', async () => {
    const got: unknown[] = [];
    await caller.listen({ topic: 'sink', server: 'main', endpoints: [{ version: '1.0', methods: { note: (_, { n }) => void got.push(n) } }] });
    start('a');
    await call('flood', { count: 10_000 });
    await expect.poll(() => got.length, { timeout: 60_000 }).toBe(10_000);
    expect(got).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
  });

  test('an answer may be nothing', async () => {
    start('a');
    expect(await call('nothing')).toBeNull();
  });

  test('what a method throws reaches the caller with its class and message', async () => {
    start('a');
    const failed = call('fail', { type: 'NetworkNotFound', message: 'Network x could not be found.' });
    await expect(failed).rejects.toThrow(RemoteError);
    await expect(failed).rejects.toMatchObject({ remoteType: 'NetworkNotFound', message: 'Network x could not be found.' });
  });

  test('a version or a method that nobody serves fails the call at once', async () => {
    start('a');
    await expect(call('whoami', {}, 20_000, '1.3')).rejects.toThrow(UnsupportedVersion);
    await expect(call('whoami', {}, 20_000, '2.0')).rejects.toThrow(UnsupportedVersion);
    await expect(call('missing')).rejects.toMatchObject({ remoteType: 'NoSuchMethod' });
  });

  test('a call that is not answered ends by its time-out', async () => {
    start('a');
    await call('whoami');
    await expect(call('hang', {}, 300)).rejects.toThrow(MessagingTimeout);
  });

  test('a server of a topic can be addressed alone, and all at once', async () => {
    const got: string[] = [];
    const note = (name: string) => ({ topic: 'both', server: name, endpoints: [{ version: '1.0', methods: { note: () => void got.push(name) } }] });
    const listeners = [await caller.listen(note('one')), await caller.listen(note('two'))];
    await caller.cast({}, { topic: 'both', server: 'two' }, 'note', {});
    await expect.poll(() => got).toEqual(['two']);
    await caller.cast({}, { topic: 'both', fanout: true }, 'note', {});
    await expect.poll(() => got.toSorted()).toEqual(['one', 'two', 'two']);
    await listeners[0]?.[Symbol.asyncDispose]();
    await caller.cast({}, { topic: 'both' }, 'note', {});
    await caller.cast({}, { topic: 'both', fanout: true }, 'note', {});
    await expect.poll(() => got.toSorted()).toEqual(['one', 'two', 'two', 'two', 'two']);
  });

  test('closing fails the calls that wait', async () => {
    start('a');
    await call('whoami');
    const hanging = expect(call('hang')).rejects.toThrow(TransportClosed);
    await caller[Symbol.asyncDispose]();
    await hanging;
    await expect(call('whoami')).rejects.toThrow(TransportClosed);
  });
}

const channels = [
  { kind: 'a child process', start: startChild, kill: (peer: ChildProcess | Worker) => (peer as ChildProcess).kill('SIGKILL') },
  { kind: 'a worker thread', start: startWorker, kill: (peer: ChildProcess | Worker) => (peer as Worker).terminate() },
];

describe.each(channels)('over the channel to $kind', ({ start, kill }) => {
  behavesAsABus(start);

  test('killing the peer fails the calls it had at once, and leaves the next to its successor', async () => {
    const peer = start('a');
    await call('whoami');
    const hanging = expect(call('hang')).rejects.toThrow(TransportClosed);
    await call('whoami');
    const before = performance.now();
    await kill(peer);
    await hanging;
    // Long before they would be given up.
    expect(performance.now() - before).toBeLessThan(10_000);
    const next = call('whoami');
    start('b');
    expect(await next).toMatchObject({ server: 'b' });
  });
});

describe('over RabbitMQ', requires(realRabbit), () => {
  let rabbit: Rabbit;
  beforeAll(async () => {
    rabbit = await startRabbit();
  });
  afterAll(() => rabbit[Symbol.asyncDispose]());
  let virtualHosts = 0;
  let url: string;
  beforeEach(async () => {
    // Queues outlive their programs; another virtual host has none.
    url = await rabbit.virtualHost(`test/${++virtualHosts}`);
    caller = rabbitTransport(url);
  });
  afterEach(() => caller[Symbol.asyncDispose]());

  const startProcess = (server: string): ChildProcess => {
    const child = spawn(process.execPath, [...source, fileURLToPath(import.meta.resolve('./rabbit-peer.ts')), url, server], { stdio: ['ignore', 'inherit', 'inherit'] });
    children.push(child);
    return child;
  };

  behavesAsABus(startProcess);

  test('a call that a peer had when it was killed is answered by its successor, well before its time-out', async () => {
    const peer = startProcess('a');
    const handedOn = call('hang', {}, 60_000);
    // Requests begin in their order.
    await call('whoami');
    const killed = performance.now();
    peer.kill('SIGKILL');
    await caller.listen({ topic: 'peer', server: 'b', endpoints: [{ version: '1.2', methods: { hang: () => 'b' } }] });
    expect(await handedOn).toBe('b');
    expect(performance.now() - killed).toBeLessThan(20_000);
  });

  test('killing the peer leaves the next call to its successor', async () => {
    const peer = startProcess('a');
    await call('whoami');
    peer.kill('SIGKILL');
    await once(peer, 'exit');
    const next = call('whoami');
    startProcess('b');
    expect(await next).toMatchObject({ server: 'b' });
  });
});

test('what is no message is dropped, and the channel goes on working', async () => {
  const { port1, port2 } = new MessageChannel();
  broker.attach(messagePortChannel(port1));
  for (const junk of ['', '{', '[]', 'null', '{"kind":"send"}', '{"kind":"done","delivery":99,"outcome":{"kind":"lost"}}', '{"kind":"listen","listener":"x","topic":1}', { kind: 'send' }, 7]) port2.postMessage(junk);
  port2.postMessage(JSON.stringify({ kind: 'listen', listener: 1, topic: 't', server: 'a' }));
  const [reply] = (await once(port2, 'message')) as [string];
  expect(JSON.parse(reply)).toEqual({ kind: 'listening', listener: 1 });
  port2.close();
});

test('an answer that comes twice is taken once', async () => {
  const { port1, port2 } = new MessageChannel();
  broker.attach(messagePortChannel(port1));
  port2.postMessage(JSON.stringify({ kind: 'listen', listener: 1, topic: 'peer', server: 'a' }));
  await once(port2, 'message');
  const answers = [call('whoami'), call('whoami')];
  port2.on('message', (text: string) => {
    const { delivery } = JSON.parse(text) as { delivery: number };
    for (const result of ['first', 'second']) port2.postMessage(JSON.stringify({ kind: 'done', delivery, outcome: { kind: 'result', result } }));
  });
  expect(await Promise.all(answers)).toEqual(['first', 'first']);
  port2.close();
});

test('a child that closes its channel ends, and its listeners with it', async () => {
  const child = startChild('a');
  await call('whoami');
  const ended = once(child, 'exit');
  await broker[Symbol.asyncDispose]();
  expect(await ended).toEqual([0, null]);
});
