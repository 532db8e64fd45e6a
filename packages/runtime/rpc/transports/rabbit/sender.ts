import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import { AMQPChannelError, AMQPConnectionError, AMQPError, type Channel, type Envelope, type ReturnedMessage } from 'rabbitmq-client';
import { compress, type Compression } from './compression.ts';
import type { KeptConnection } from './keep-connected.ts';
import { Outbox, type Outgoing } from './outbox.ts';
import type { Exchange } from './topology.ts';
import { within } from './within.ts';

/** Hands messages to the broker, in the order in which they were sent. */
export interface Sender extends AsyncDisposable {
  /** Returns at once, whether there is a broker or not. */
  send(message: Outgoing): void;
}

export interface SenderOptions {
  readonly connection: KeptConnection;
  readonly compression: Compression | undefined;
  readonly log: Logger;
  /** How long disposing waits for what is on its way. */
  readonly drainMs: number;
}

/** Unconfirmed messages at once: enough for the broker never to wait, few enough to be sent again. */
const WINDOW = 500;
const MAX_MESSAGES = 20_000;
const MAX_BYTES = 64 * 1024 * 1024;
const RETRY_MS = 1000;
const CLOSE_TIMEOUT_MS = 1000;
/** A message that a queue could not take is offered again: a quorum queue is between two leaders, or has too few members left, or a queue is full. */
const NACK_FIRST_RETRY_MS = 250;
const NACK_LAST_RETRY_MS = 5000;
const NACK_MS = 5 * 60_000;
/** How long one channel goes on trying. */
const NACK_CHANNEL_MS = 3000;
/** Of those that wait to be offered again. */
const MAX_NACKED = 5000;
/** How long an exchange that the broker refused is not asked for again. */
const REFUSED_MS = 10_000;

/**
 * INVARIANTS
 * - A message leaves `unconfirmed` when the broker has confirmed it, or refused it for good. What is in it when a channel ends is
 *   sent again first; receivers know a message that comes twice by its `_unique_id`.
 * - Exchanges are declared on a channel of their own: a refusal closes the channel, and must not touch what is on its way.
 */
export function startSender({ connection, compression, log, drainMs }: SenderOptions): Sender {
  let overflowing = false;
  /** For those that queues did not take: when that began, and the next wait. */
  const nacked = new WeakMap<Outgoing, { readonly since: number; readonly waitMs: number }>();
  let waitingAgain = 0;
  const outbox = new Outbox({
    maxMessages: MAX_MESSAGES,
    maxBytes: MAX_BYTES,
    onDrop: (message) => {
      if (!overflowing) log.error({ waiting: outbox.size }, 'too many messages wait for the broker: the oldest are dropped, and agents will have to synchronise');
      overflowing = true;
      message.failed?.('too many messages waited for the broker');
      message.settled?.();
    },
  });
  const unconfirmed = new Set<Outgoing>();
  let open: OpenChannel | undefined;
  let stopping = false;
  let scheduled: NodeJS.Immediate | undefined;
  let idle = Promise.withResolvers<void>();

  const settle = (message: Outgoing): void => {
    unconfirmed.delete(message);
    message.settled?.();
    if (overflowing && outbox.size === 0) overflowing = false;
    pump();
  };

  /** They wait outside of the window: a queue that takes nothing must not keep others from theirs. */
  const offerAgain = (message: Outgoing): boolean => {
    const now = performance.now();
    const { since, waitMs } = nacked.get(message) ?? { since: now, waitMs: NACK_FIRST_RETRY_MS };
    unconfirmed.delete(message);
    if (now > since + NACK_MS || waitingAgain >= MAX_NACKED) return false;
    waitingAgain++;
    if (now > since + NACK_CHANNEL_MS) renewChannel();
    nacked.set(message, { since, waitMs: Math.min(waitMs * 2, NACK_LAST_RETRY_MS) });
    setTimeout(() => {
      waitingAgain--;
      outbox.put(message);
      pump();
    }, waitMs).unref();
    pump();
    return true;
  };

  /** RabbitMQ's channel may go on asking the leader that a quorum queue had, where another finds the one that it has. */
  const renewChannel = (): void => {
    if (open === undefined || performance.now() < open.since + NACK_CHANNEL_MS) return;
    log.warn('a queue goes on refusing messages; they are offered by another channel');
    const { channel } = open;
    open = undefined;
    channel.close().catch(() => undefined);
  };

  const publish = (channel: Channel, message: Outgoing): void => {
    unconfirmed.add(message);
    channel.basicPublish(envelopeOf(message), message.body).then(
      // That no queue took it is told before, but by an event that comes only in the next turn of the event loop.
      () => void (message.unroutable === undefined ? settle(message) : setImmediate(settle, message)),
      (error: unknown) => {
        if (isNack(error) && offerAgain(message)) return;
        // What a channel took with it is sent again on the next, and its exchange declared again, should that be missing.
        if (!channel.active && (!isRefusal(error) || error.code === 'NOT_FOUND')) return;
        log.warn({ reason: (error as Error).message, to: message.routingKey }, 'the broker refuses a message');
        message.failed?.('the message broker refused it');
        settle(message);
      },
    );
  };

  /** Sends what can be sent now. Whatever makes more possible calls it again. */
  const pump = (): void => {
    while (open !== undefined && unconfirmed.size < WINDOW) {
      const message = outbox.peek();
      if (message === undefined) {
        if (unconfirmed.size === 0) idle.resolve();
        return;
      }
      const { exchange } = message;
      if (exchange === undefined || open.declared.has(exchange.exchange)) {
        outbox.take();
        publish(open.channel, message);
      } else if ((open.refusedUntil.get(exchange.exchange) ?? 0) > performance.now()) {
        outbox.take();
        message.failed?.(`the message broker refuses the exchange ${exchange.exchange}`);
        message.settled?.();
      } else {
        declare(open, exchange);
        return;
      }
    }
  };

  const declare = (on: OpenChannel, exchange: Exchange): void => {
    if (on.declaring) return;
    on.declaring = true;
    declareExchange(connection, exchange)
      .then(() => void on.declared.add(exchange.exchange))
      .catch(async (error: unknown) => {
        if (!isRefusal(error)) return pause(RETRY_MS);
        on.refusedUntil.set(exchange.exchange, performance.now() + REFUSED_MS);
        log.error({ exchange: exchange.exchange, reason: error.message }, 'the broker refuses an exchange; what goes to it is dropped');
      })
      .finally(() => {
        on.declaring = false;
        pump();
      });
  };

  const returned = ({ routingKey, body }: ReturnedMessage): void => {
    // It comes before the confirmation. The body comes back as bytes, because it was sent with an encoding.
    const message = [...unconfirmed].find((candidate) => candidate.unroutable !== undefined && candidate.routingKey === routingKey && candidate.body.equals(body as Buffer));
    message?.unroutable?.();
  };

  const run = async (): Promise<void> => {
    while (!stopping) {
      try {
        const channel = await connection.channel();
        const ended = Promise.withResolvers<void>();
        channel.on('close', ended.resolve);
        channel.on('error', (error: Error) => log.warn({ reason: error.message }, 'a channel to the broker failed; what was on its way is sent again'));
        channel.on('basic.return', returned);
        await channel.confirmSelect();
        outbox.putBack([...unconfirmed]);
        unconfirmed.clear();
        open = { channel, since: performance.now(), declared: new Set(), refusedUntil: new Map(), declaring: false };
        pump();
        await ended.promise;
      } catch (error) {
        if (stopping) break;
        log.debug({ reason: (error as Error).message }, 'no channel to send on');
        await pause(RETRY_MS);
      } finally {
        open = undefined;
      }
    }
  };
  const running = run();

  return {
    send(message) {
      outbox.put(compression === undefined ? message : { ...message, body: compress(message.body, compression), compression });
      // In a turn of its own: whoever sends, an API request perhaps, goes on first.
      scheduled ??= setImmediate(() => {
        scheduled = undefined;
        pump();
      });
    },
    async [Symbol.asyncDispose]() {
      if (outbox.size > 0 || unconfirmed.size > 0) {
        idle = Promise.withResolvers<void>();
        pump();
        await within(drainMs, idle.promise);
      }
      stopping = true;
      const channel = open?.channel;
      open = undefined;
      // With the connection goes the channel, also where the broker says nothing.
      if (channel !== undefined) await within(CLOSE_TIMEOUT_MS, channel.close());
      await connection[Symbol.asyncDispose]();
      await running;
    },
  };
}

interface OpenChannel {
  readonly channel: Channel;
  /** On the clock of `performance.now()`. */
  readonly since: number;
  readonly declared: Set<string>;
  /** On the clock of `performance.now()`. */
  readonly refusedUntil: Map<string, number>;
  declaring: boolean;
}

async function declareExchange(connection: KeptConnection, { exchange, type, durable, autoDelete }: Exchange): Promise<void> {
  const channel = await connection.channel();
  channel.on('error', () => undefined);
  try {
    await channel.exchangeDeclare({ exchange, type, durable, autoDelete });
  } finally {
    await channel.close();
  }
}

function envelopeOf({ exchange, routingKey, expires, unroutable, compression }: Outgoing): Envelope {
  return {
    exchange: exchange?.exchange ?? '',
    routingKey,
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    // As kombu marks every message; it means nothing in a queue that is not durable.
    durable: true,
    priority: 0,
    ...(compression === undefined ? {} : { headers: { compression } }),
    ...(unroutable === undefined ? {} : { mandatory: true }),
    ...(expires === undefined ? {} : { expiration: String(Math.max(1, Math.round(expires - performance.now()))) }),
  };
}

/** The queue did not take the message; the channel goes on. */
function isNack(error: unknown): boolean {
  return error instanceof AMQPError && error.code === 'NACK';
}

/** The broker's word that something must not be, which closed the channel; as opposed to a connection that went. */
function isRefusal(error: unknown): error is AMQPChannelError {
  return error instanceof AMQPChannelError && !(error instanceof AMQPConnectionError) && error.code !== 'CH_CLOSE';
}
