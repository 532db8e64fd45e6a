import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { MessagingTimeout, UnsupportedVersion, type Endpoint, type Transport } from '@neutrino/lib/rpc/messaging';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires, type Capability } from '../../support/capabilities.ts';
import { freePort } from '../../support/free-port.ts';
import { rabbitTransport } from '../../support/rabbit-transport.ts';
import { realRabbit, startRabbit, type Rabbit } from '../../support/rabbitmq.ts';

/** Debian's `python3-oslo.messaging` package. */
const osloMessaging: Capability = {
  missing() {
    try {
      accessSync('/usr/lib/python3/dist-packages/oslo_messaging');
      return undefined;
    } catch {
      return 'needs the Python library oslo.messaging';
    }
  },
};

let rabbit: Rabbit;
let secured: Rabbit | undefined;
const children: ChildProcess[] = [];

function startPython(url: string, name: string): void {
  const script = fileURLToPath(import.meta.resolve('./python_peer.py'));
  const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', PYTHONWARNINGS: 'ignore' };
  children.push(spawn('setpriv', ['--pdeathsig', 'KILL', '/usr/bin/python3', script, url, name], { stdio: ['ignore', 'ignore', 'ignore'], env }));
}

interface Configuration {
  readonly kind: string;
  readonly query: string;
  /** By TLS, with certificates on both sides, at the second of two hosts, each with credentials of its own. */
  readonly secure?: true;
}

// A queue's flags must be those that Python declares, however both are configured.
const configurations: readonly Configuration[] = [
  { kind: 'as it comes', query: '' },
  { kind: 'with durable queues', query: '?amqp_durable_queues=true' },
  { kind: 'with quorum queues', query: '?rabbit_quorum_queue=true&rabbit_quorum_delivery_limit=3&rabbit_transient_queues_ttl=60' },
  { kind: 'with queues that delete themselves', query: '?amqp_auto_delete=true' },
  { kind: 'with compressed messages', query: '?kombu_compression=gzip' },
  { kind: 'by TLS at the second of two', query: '?ssl=1', secure: true },
];

/** Where a broker of the kind is reached. */
async function urlOf({ kind, query, secure }: Configuration): Promise<string> {
  if (secure === undefined) return `${await rabbit.virtualHost(kind)}${query}`;
  secured = await startRabbit({ tls: true, settings: ['ssl_options.verify = verify_peer', 'ssl_options.fail_if_no_peer_cert = true'] });
  await secured.virtualHost(kind);
  await secured.control('add_user', 'u@s:r', 'p:a%&?');
  await secured.control('set_permissions', '-p', kind, 'u@s:r', '.*', '.*', '.*');
  const { caFile, client } = secured;
  // Names with a slash are too much for oslo.messaging.
  const hosts = `x:y@localhost:${await freePort()},u%40s%3Ar:p%3Aa%25%26%3F@localhost:${secured.port}`;
  return `rabbit://${hosts}/${encodeURIComponent(kind)}${query}&ssl_ca_file=${caFile}&ssl_cert_file=${client.certFile}&ssl_key_file=${client.keyFile}`;
}

describe("with Python's oslo.messaging on the other side", requires(realRabbit, osloMessaging), () => {
  beforeAll(async () => {
    rabbit = await startRabbit();
  });
  afterAll(async () => {
    for (const child of children) child.kill('SIGKILL');
    await rabbit[Symbol.asyncDispose]();
    await secured?.[Symbol.asyncDispose]();
  });

  describe.each(configurations)('$kind', (configuration) => {
    let ours: Transport;
    const heard: JsonObject[] = [];
    const endpoint: Endpoint = {
      version: '1.4',
      methods: {
        echo: (context, args) => ({ server: 'ours', context, arguments: args }),
        fail: (_, { message }) => {
          throw Object.assign(new Error(message as string), { type: 'IpAddressGenerationFailure' });
        },
        hang: () => new Promise(() => undefined),
        note: (context, args) => void heard.push({ context, arguments: args }),
      },
    };
    const context = { user_id: 'u', project_id: 'p', is_admin: true, roles: ['admin', 'member'], request_id: 'req-1', global_request_id: null };
    const python = (method: string, args: JsonObject = {}, { version = '1.0', timeoutMs = 20_000 } = {}): Promise<Json> =>
      ours.call(context, { topic: 'python', version }, method, args, { timeoutMs });
    const ask = (method: string, args: JsonObject, more: JsonObject = {}): Promise<Json> =>
      python('ask', { target: { topic: 'ours', version: '1.0', ...(more['target'] as JsonObject | undefined) }, method, arguments: args, ...('timeout' in more && { timeout: more['timeout'] }), ...('kind' in more && { kind: more['kind'] }) });

    beforeAll(async () => {
      const url = await urlOf(configuration);
      startPython(url, 'python-1');
      ours = rabbitTransport(url);
      await Promise.all(['ours', 'shared'].map((topic) => ours.listen({ topic, server: 'host-1', endpoints: [endpoint] })));
      await python('nothing');
    });
    afterAll(() => ours[Symbol.asyncDispose]());

    test('it is called, and gets arguments and context', async () => {
      const args = { text: 'ü', number: 1.5, list: [null, true, { a: [] }] };
      expect(await python('echo', args, { version: '1.2' })).toEqual({ server: 'python-1', arguments: args, context: expect.objectContaining(context) });
      expect(await python('nothing')).toBeNull();
    });

    test('what it raises arrives with module, class and message', async () => {
      await expect(python('fail', { message: 'Network x could not be found.' })).rejects.toMatchObject({
        name: 'RemoteError', remoteType: 'NetworkNotFound', remoteModule: 'neutron_lib.exceptions', message: 'Network x could not be found.',
      });
    });

    test('what it does not serve fails at once', async () => {
      await expect(python('echo', {}, { version: '1.3' })).rejects.toThrow(UnsupportedVersion);
      await expect(python('missing')).rejects.toMatchObject({ remoteType: 'NoSuchMethod' });
    });

    test('a call that it does not answer ends by its time-out', async () => {
      await expect(python('hang', {}, { timeoutMs: 500 })).rejects.toThrow(MessagingTimeout);
    });

    test('it calls, and gets what was returned', async () => {
      expect(await ask('echo', { a: [1] })).toEqual({ result: { server: 'ours', arguments: { a: [1] }, context: expect.objectContaining({ user_id: 'u', roles: ['admin', 'member'] }) } });
    });

    test('what a method throws is to it what a Neutron server would have told', async () => {
      expect(await ask('fail', { message: 'No more IP addresses' })).toEqual({ result: undefined, raised: 'RemoteError', exc_type: 'IpAddressGenerationFailure', value: 'No more IP addresses' });
      expect(await ask('echo', {}, { target: { version: '1.5' } })).toMatchObject({ raised: 'RemoteError', exc_type: 'UnsupportedVersion', value: 'Endpoint does not support RPC version 1.5. Attempted method: echo' });
      expect(await ask('missing', {})).toMatchObject({ raised: 'RemoteError', exc_type: 'NoSuchMethod', value: 'Endpoint does not support RPC method missing' });
      expect(await ask('echo', {}, { target: { namespace: 'other' } })).toMatchObject({ raised: 'RemoteError', exc_type: 'UnsupportedVersion' });
    });

    test('its call that is not answered ends by its time-out', async () => {
      expect(await ask('hang', {}, { timeout: 1 })).toMatchObject({ raised: 'MessagingTimeout' });
    });

    test('it casts to one and to all, and is cast to', async () => {
      await ask('note', { n: 1 }, { kind: 'cast' });
      await ask('note', { n: 2 }, { kind: 'cast', target: { server: 'host-1' } });
      await ask('note', { n: 3 }, { kind: 'cast', target: { fanout: true } });
      await expect.poll(() => heard.map((note) => (note['arguments'] as JsonObject)['n'])).toEqual([1, 2, 3]);
      await ours.cast(context, { topic: 'python' }, 'note', { n: 4 });
      await ours.cast(context, { topic: 'python', server: 'python-1' }, 'note', { n: 5 });
      await ours.cast(context, { topic: 'python', fanout: true, version: '1.1' }, 'note', { n: 6 });
      const notes: JsonObject[] = [];
      await expect
        .poll(async () => {
          notes.push(...((await python('take_notes')) as unknown as JsonObject[]));
          return notes.map((note) => (note['arguments'] as JsonObject)['n']).toSorted();
        })
        .toEqual([4, 5, 6]);
      expect(notes[0]).toMatchObject({ context: { user_id: 'u', is_admin: true } });
    });

    test('both may serve one topic', async () => {
      const servers = new Set<unknown>();
      await expect
        .poll(async () => {
          servers.add(((await ours.call(context, { topic: 'shared', version: '1.1' }, 'echo', {})) as JsonObject)['server']);
          return [...servers].toSorted();
        })
        .toEqual(['ours', 'python-1']);
    });
  });
});
