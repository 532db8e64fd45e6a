import type { Endpoint, Transport } from '@neutrino/lib/rpc/messaging';
import { MessagingTimeout, RemoteError, TransportClosed, UnsupportedVersion } from '@neutrino/lib/rpc/messaging';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBroker, type Broker, type BrokerOptions } from './broker.ts';

let broker: Broker;
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
const renew = async (options: BrokerOptions): Promise<void> => {
  await broker[Symbol.asyncDispose]();
  broker = createBroker(options);
};

beforeEach(() => {
  broker = createBroker();
});
afterEach(() => broker[Symbol.asyncDispose]());

/** Listens on topic "t" as `server` and notes which numbers came. */
async function collect(server: string, options: { transport?: Transport; topic?: string } = {}) {
  const transport = options.transport ?? broker.connect();
  const got: unknown[] = [];
  const note: Endpoint = { version: '1.0', methods: { note: (_, args) => void got.push(args['n']) } };
  const listener = await transport.listen({ topic: options.topic ?? 't', server, endpoints: [note] });
  return { transport, got, listener };
}

const serve = async (methods: Endpoint['methods'], version = '1.4'): Promise<Transport> => {
  const transport = broker.connect();
  await transport.listen({ topic: 't', server: 'a', endpoints: [{ version, methods }] });
  return transport;
};
const call = (method: string, args = {}, options: { version?: string; timeoutMs?: number } = {}) =>
  broker.connect().call({ request_id: 'req-7' }, { topic: 't', ...(options.version ? { version: options.version } : {}) }, method, args, options);

test('a call brings context and arguments to the method, and its result back', async () => {
  await serve({ echo: (context, args) => ({ context, args }) });
  expect(await call('echo', { a: [1, null, { b: 'ü' }] })).toEqual({ context: { request_id: 'req-7' }, args: { a: [1, null, { b: 'ü' }] } });
});

test('a method that returns nothing answers null', async () => {
  await serve({ nothing: () => undefined });
  expect(await call('nothing')).toBeNull();
});

test('what crosses is a copy: neither side sees what the other changes', async () => {
  const kept = { list: [1] };
  await serve({ give: () => kept });
  const given = (await call('give')) as typeof kept;
  given.list.push(2);
  expect(kept.list).toEqual([1]);
});

test('an error keeps its class name and message, and nothing else', async () => {
  await serve({
    plain: () => {
      throw new RangeError('too far');
    },
    typed: () => Promise.reject(Object.assign(new Error('Network n could not be found.'), { type: 'NetworkNotFound' })),
  });
  await expect(call('plain')).rejects.toMatchObject({ name: 'RemoteError', remoteType: 'RangeError', message: 'too far' });
  await expect(call('typed')).rejects.toMatchObject({ remoteType: 'NetworkNotFound', message: 'Network n could not be found.' });
});

test('a version that is not served and a method that is missing are told to the caller', async () => {
  await serve({ get: () => 1 });
  await expect(call('get', {}, { version: '1.5' })).rejects.toThrow(UnsupportedVersion);
  await expect(call('put', {}, { version: '1.0' })).rejects.toMatchObject({ remoteType: 'NoSuchMethod' });
  expect(await call('get', {}, { version: '1.4' })).toBe(1);
});

test('a result that is no JSON fails the call', async () => {
  await serve({ big: () => 1n as unknown as number });
  await expect(call('big')).rejects.toThrow(RemoteError);
});

test('a call that nobody answers in time fails, and its late answer is ignored', async () => {
  await serve({ slow: () => new Promise((resolve) => setTimeout(() => resolve(1), 60)) });
  await expect(call('slow', {}, { timeoutMs: 20 })).rejects.toThrow(MessagingTimeout);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(await call('slow')).toBe(1);
});

test('a call to a topic without listeners waits for one', async () => {
  const answer = call('get');
  await settled();
  await serve({ get: () => 'here' });
  expect(await answer).toBe('here');
});

test('a call that has timed out is not served later', async () => {
  await expect(call('note', { n: 1 }, { timeoutMs: 20 })).rejects.toThrow(MessagingTimeout);
  await settled();
  const { got } = await collect('a');
  await settled();
  expect(got).toEqual([]);
});

test('listeners of a topic take turns; a named one gets its own; fanout reaches all', async () => {
  const [a, b, other] = [await collect('a'), await collect('b'), await collect('a', { topic: 'other' })];
  const sender = broker.connect();
  for (const n of [1, 2, 3, 4]) await sender.cast({}, { topic: 't' }, 'note', { n });
  await sender.cast({}, { topic: 't', server: 'b' }, 'note', { n: 5 });
  await sender.cast({}, { topic: 't', fanout: true }, 'note', { n: 6 });
  await expect.poll(() => [a.got, b.got, other.got]).toEqual([[1, 3, 6], [2, 4, 5, 6], []]);
});

test('casts wait for the first listener in order, fanout does not', async () => {
  const sender = broker.connect();
  await sender.cast({}, { topic: 't', server: 'a' }, 'note', { n: 1 });
  await sender.cast({}, { topic: 't', fanout: true }, 'note', { n: 2 });
  await sender.cast({}, { topic: 't' }, 'note', { n: 3 });
  await sender.cast({}, { topic: 't', server: 'a' }, 'note', { n: 4 });
  const { got } = await collect('a');
  await expect.poll(() => got).toEqual([1, 3, 4]);
});

test('of too many waiting messages the newest are kept', async () => {
  await renew({ maxWaiting: 3 });
  const sender = broker.connect();
  for (const n of [1, 2, 3, 4, 5]) await sender.cast({}, { topic: 't' }, 'note', { n });
  const { got } = await collect('a');
  await expect.poll(() => got).toEqual([3, 4, 5]);
});

test('a cast that no listener came for is forgotten after a time', async () => {
  await renew({ retentionMs: 20 });
  await broker.connect().cast({}, { topic: 't' }, 'note', { n: 1 });
  await new Promise((resolve) => setTimeout(resolve, 60));
  const { got } = await collect('a');
  await settled();
  expect(got).toEqual([]);
});

test('no more methods run at once than allowed, and they start in order of arrival', async () => {
  await renew({ concurrency: 3 });
  let running = 0;
  let most = 0;
  const started: unknown[] = [];
  await serve({
    async work(_, args) {
      started.push(args['n']);
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5 - Number(args['n']) % 5));
      running--;
    },
  });
  const numbers = Array.from({ length: 20 }, (_, n) => n);
  const caller = broker.connect();
  await Promise.all(numbers.map((n) => caller.call({}, { topic: 't' }, 'work', { n })));
  expect(most).toBe(3);
  expect(started).toEqual(numbers);
});

test('disposing a listener waits for its running method and leaves later messages to others', async () => {
  const order: string[] = [];
  const transport = broker.connect();
  const slow = async (): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, 30));
    order.push('done');
    return 'answered';
  };
  const listener = await transport.listen({ topic: 't', server: 'a', endpoints: [{ version: '1.0', methods: { slow } }] });
  const answer = call('slow');
  await settled();
  await listener[Symbol.asyncDispose]();
  order.push('disposed');
  expect(order).toEqual(['done', 'disposed']);
  expect(await answer).toBe('answered');
  const next = call('slow');
  await serve({ slow: () => 'by another' });
  expect(await next).toBe('by another');
});

test('a peer that goes away fails its own calls at once, and those it was serving', async () => {
  const server = await serve({ hang: () => new Promise(() => undefined) });
  const caller = broker.connect();
  const served = caller.call({}, { topic: 't' }, 'hang', {});
  const unserved = server.call({}, { topic: 'nobody' }, 'get', {});
  const failures = [expect(served).rejects.toThrow(TransportClosed), expect(unserved).rejects.toThrow(TransportClosed)];
  await settled();
  await broker[Symbol.asyncDispose]();
  await Promise.all(failures);
  await expect(caller.cast({}, { topic: 't' }, 'note', {})).rejects.toThrow(TransportClosed);
  await expect(server.listen({ topic: 't', server: 'a', endpoints: [] })).rejects.toThrow(TransportClosed);
});

test('a call to many is refused, because it has no one answer', async () => {
  await expect(broker.connect().call({}, { topic: 't', fanout: true }, 'get', {})).rejects.toThrow(TypeError);
});

test('ten thousand messages arrive once each, in order, with room for other calls between them', async () => {
  const { got } = await collect('a');
  await collect('b', { topic: 'other' });
  const sender = broker.connect();
  for (let n = 0; n < 10_000; n++) await sender.cast({}, { topic: 't' }, 'note', { n });
  await expect(sender.call({}, { topic: 'other' }, 'note', { n: 0 })).resolves.toBeNull();
  await expect.poll(() => got.length, { timeout: 60_000 }).toBe(10_000);
  expect(got).toEqual(Array.from({ length: 10_000 }, (_, n) => n));
});
