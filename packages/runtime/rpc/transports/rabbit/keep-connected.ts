import { setTimeout as pause } from 'node:timers/promises';
import { TransportClosed } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { AMQPConnectionError, Connection, type Channel } from 'rabbitmq-client';
import type { RabbitSettings } from './settings.ts';
import type { BrokerAddress } from './transport-url.ts';
import { within } from './within.ts';

/** A connection that is made anew whenever it is lost, to whichever broker answers. */
export interface KeptConnection extends AsyncDisposable {
  /** A new channel; waits for a connection where there is none. Rejects with TransportClosed once disposed. Whoever takes one closes it. */
  channel(): Promise<Channel>;
  readonly closed: AbortSignal;
}

const CONNECT_TIMEOUT_MS = 10_000;
/** The longest wait for a broker that does not answer at all: asking costs it nothing, and it may be back at any moment. */
const SILENT_MS = 5000;
const CLOSE_TIMEOUT_MS = 1000;

/**
 * Connects, and goes on doing so until disposed. The library could reconnect too, but not with other credentials for each broker,
 * nor by IPv6 addresses, and it says nothing of attempts after the first.
 */
export function keepConnected(settings: RabbitSettings, purpose: string, log: Logger): KeptConnection {
  const stopped = new AbortController();
  let current = Promise.withResolvers<Connection>();
  // Nobody may be waiting yet.
  current.promise.catch(() => undefined);
  let connection: Connection | undefined;

  const attempt = async (broker: BrokerAddress): Promise<{ readonly connected: boolean; readonly reason: unknown }> => {
    const made = new Connection(connectionOptions(settings, broker, purpose));
    connection = made;
    let connected = false;
    const ended = Promise.withResolvers<unknown>();
    made.on('error', ended.resolve);
    made.on('connection', () => {
      connected = true;
      log.info({ broker: nameOf(broker), purpose }, 'connected to the message broker');
      current.resolve(made);
    });
    made.on('connection.blocked', (reason) => log.error({ broker: nameOf(broker), reason }, 'the message broker takes nothing more for now'));
    made.on('connection.unblocked', () => log.info({ broker: nameOf(broker) }, 'the message broker takes messages again'));
    const stop = (): void => ended.resolve(undefined);
    stopped.signal.addEventListener('abort', stop);
    const reason = await ended.promise;
    stopped.signal.removeEventListener('abort', stop);
    if (connected && !stopped.signal.aborted) {
      current = Promise.withResolvers<Connection>();
      current.promise.catch(() => undefined);
    }
    if (!stopped.signal.aborted) {
      made.unsafeDestroy();
      connection = undefined;
    }
    return { connected, reason };
  };

  const run = async (): Promise<void> => {
    const { kombu_reconnect_delay: reconnectDelay } = settings.options;
    const brokers = inOrder(settings);
    for (let index = 0, failures = 0; !stopped.signal.aborted; index++) {
      const broker = brokers[index % brokers.length] as BrokerAddress;
      const { connected, reason } = await attempt(broker);
      if (stopped.signal.aborted) break;
      failures = connected ? 0 : failures + 1;
      // Every broker has its turn before one waits for longer.
      const rounds = failures / brokers.length;
      const waitMs = connected ? reconnectDelay * 1000 : Number.isInteger(rounds) ? backoffMs(settings, rounds, answered(reason)) : 0;
      log.error({ broker: nameOf(broker), purpose, reason: reasonOf(reason), againInMs: Math.round(waitMs) }, connected ? 'the connection to the message broker is lost' : 'the message broker cannot be reached');
      await pause(waitMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const running = run();

  return {
    closed: stopped.signal,
    async channel() {
      for (;;) {
        if (stopped.signal.aborted) throw closedError();
        const waited = await current.promise;
        try {
          return await waited.acquire({ emitErrorsFromChannel: true });
        } catch (error) {
          // The connection went in between: the next one is waited for.
          if (waited.ready) throw error;
          await pause(10);
        }
      }
    },
    async [Symbol.asyncDispose]() {
      if (stopped.signal.aborted) return running;
      stopped.abort();
      current.reject(closedError());
      await running;
      const left = connection;
      if (left === undefined) return;
      await within(CLOSE_TIMEOUT_MS, left.close());
      left.unsafeDestroy();
    },
  };
}

function connectionOptions({ tls, virtualHost, options, program }: RabbitSettings, { hostname, port, username, password }: BrokerAddress, purpose: string): ConstructorParameters<typeof Connection>[0] {
  return {
    hostname,
    port,
    username,
    password,
    vhost: virtualHost,
    // The library, like the broker, gives a connection up after two of these without a sign of life.
    heartbeat: Math.ceil(options.heartbeat_timeout_threshold / 2),
    connectionTimeout: CONNECT_TIMEOUT_MS,
    connectionName: `${program}:${process.pid}:${purpose}`,
    noDelay: true,
    // A name is what the certificate may be checked against; an address is not (RFC 6066).
    ...(tls === undefined ? {} : { tls: { ...tls, ...(/^[\d.]+$|:/.test(hostname) ? {} : { servername: hostname }) } }),
  };
}

/** Programs of a fleet begin with different brokers. */
function inOrder({ brokers, options }: RabbitSettings): readonly BrokerAddress[] {
  const start = Math.floor(Math.random() * brokers.length);
  if (options.kombu_failover_strategy === 'round-robin') return [...brokers.slice(start), ...brokers.slice(0, start)];
  return brokers.map((broker) => ({ broker, order: Math.random() })).toSorted((a, b) => a.order - b.order).map(({ broker }) => broker);
}

/** As kombu's, and a little at random, so that a fleet does not come back at one instant. */
function backoffMs({ options }: RabbitSettings, round: number, wasAnswered: boolean): number {
  const seconds = Math.min((options.rabbit_retry_interval || 1) + (round - 1) * options.rabbit_retry_backoff, options.rabbit_interval_max);
  const ms = wasAnswered ? seconds * 1000 : Math.min(seconds * 1000, SILENT_MS);
  return ms * (0.8 + 0.2 * Math.random());
}

/** The broker itself said no, rather than that nothing could be reached. */
function answered(reason: unknown): boolean {
  return reason instanceof AMQPConnectionError && reason.code !== 'CONNECTION_TIMEOUT';
}

/** The library's errors quote no credentials, and their stacks say nothing. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}

function nameOf({ hostname, port }: BrokerAddress): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

function closedError(): TransportClosed {
  return new TransportClosed('the connection to the message bus is closed');
}
