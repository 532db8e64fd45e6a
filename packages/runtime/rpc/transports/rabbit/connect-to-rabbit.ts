import { TransportClosed, type Listener, type ListenOptions, type Target, type Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import type { RpcRequest } from '../../dispatch.ts';
import { answerer } from './answerer.ts';
import { awaitReplies } from './await-replies.ts';
import { consume, type Consumption } from './consume.ts';
import { encodeRequest, hex } from './envelope.ts';
import { keepConnected } from './keep-connected.ts';
import type { Outgoing } from './outbox.ts';
import { startSender } from './sender.ts';
import { serveRequests } from './serve-requests.ts';
import type { RabbitSettings } from './settings.ts';
import { addressedQueue, fanoutExchange, fanoutQueue, replyQueue, topicExchange, topicQueue, type Queue } from './topology.ts';
import { within } from './within.ts';

/** How long disposing waits for methods that run, and then for messages that are on their way. */
const DRAIN_MS = 5000;
const FLUSH_MS = 1000;
/** AMQP has 16 bits for it. */
const MOST_UNACKNOWLEDGED = 65_535;
/** How soon a call that nobody listened for is sent again. */
const UNROUTABLE_RETRY_MS = 250;

/**
 * A connection to RabbitMQ that speaks as oslo.messaging does. There are two connections: a broker that is short of memory stops
 * reading from who publishes, and acknowledgements must go on.
 *
 * It never fails for want of a broker: what is sent waits in order and within bounds, calls end by their time-out.
 */
export function connectToRabbit(settings: RabbitSettings, log: Logger): Transport {
  const { options, exchange: controlExchange } = settings;
  const sending = startSender({ connection: keepConnected(settings, 'send', log), compression: settings.compression, log, drainMs: FLUSH_MS });
  const receiving = keepConnected(settings, 'receive', log);
  const retryMs = Math.max(options.kombu_reconnect_delay * 1000, 100);
  const listening = { connection: receiving, cancelOnFailover: options.enable_cancel_on_failover, retryMs, log };
  const requestExchange = topicExchange(controlExchange, options);
  const replies = awaitReplies(log);
  const replyTo = `reply_${hex()}`;
  /** For each call that is waited for, what sends it (again). */
  const asked = new Map<string, () => void>();
  const listeners = new Set<Listener>();
  const answer = answerer({ send: sending.send, timeoutMs: options.kombu_missing_consumer_retry_timeout * 1000, log });
  let replyConsumption: Consumption | undefined;
  let closed: Promise<void> | undefined;

  const assertOpen = (): void => {
    if (closed !== undefined) throw new TransportClosed('the connection to the message bus is closed');
  };
  const addressOf = ({ topic, server, fanout }: Target): Pick<Outgoing, 'exchange' | 'routingKey'> =>
    fanout === true
      ? { exchange: fanoutExchange(topic), routingKey: '' }
      : { exchange: requestExchange, routingKey: server === undefined ? topic : `${topic}.${server}` };

  const queuesOf = (topic: string, server: string): readonly Queue[] => [
    topicQueue(controlExchange, topic, options),
    topicQueue(controlExchange, `${topic}.${server}`, options),
    fanoutQueue(topic, hex(), options),
  ];

  /** Resolves when answers can be received. */
  const repliesReady = (): Promise<void> => {
    replyConsumption ??= consume({
      ...listening,
      queues: [replyQueue(replyTo, options)],
      prefetch: 0,
      receive: (body, acknowledge) => {
        acknowledge();
        replies.receive(body);
      },
      // With the broker may have gone requests and answers: what is still waited for is asked again.
      resumed: () => {
        for (const ask of asked.values()) ask();
      },
    });
    return replyConsumption.started;
  };

  /** Sends a call, and again for as long as it is waited for and nobody listens: a program may be started before its server. */
  const sendCall = (messageId: string, message: Outgoing): void => {
    if (!replies.isWaiting(messageId)) return;
    sending.send({
      ...message,
      unroutable: () => void setTimeout(sendCall, UNROUTABLE_RETRY_MS, messageId, message),
      failed: (reason) => replies.fail(messageId, new TransportClosed(reason)),
    });
  };

  const close = async (): Promise<void> => {
    replies.close();
    await Promise.all([...listeners].map((listener) => listener[Symbol.asyncDispose]()));
    await replyConsumption?.[Symbol.asyncDispose]();
    await receiving[Symbol.asyncDispose]();
    await sending[Symbol.asyncDispose]();
  };

  return {
    async call(context, target, method, args, { timeoutMs = settings.responseTimeoutMs } = {}) {
      assertOpen();
      if (target.fanout === true) throw new TypeError('a call to many listeners has no one answer: use cast');
      const messageId = hex();
      const expires = performance.now() + timeoutMs;
      const answered = replies.wait(messageId, timeoutMs, `${method} on topic ${target.topic}`);
      // Each time it is another message: whoever had it already is to answer once more.
      const ask = (): void => sendCall(messageId, { ...addressOf(target), body: encodeRequest(requestOf({ method, context, args }, target), { messageId, replyQueue: replyTo }), expires });
      repliesReady().then(
        () => {
          ask();
          if (replies.isWaiting(messageId)) asked.set(messageId, ask);
        },
        (error: unknown) => replies.fail(messageId, error as Error),
      );
      const settled = (): void => void asked.delete(messageId);
      answered.then(settled, settled);
      return answered;
    },

    async cast(context, target, method, args) {
      assertOpen();
      sending.send({ ...addressOf(target), body: encodeRequest(requestOf({ method, context, args }, target)) });
    },

    async listen({ topic, server, endpoints, addressedOnly = false, onGap }: ListenOptions): Promise<Listener> {
      assertOpen();
      const requests = serveRequests({ topic, endpoints, concurrency: settings.concurrency, answer, log });
      const consumption = consume({
        ...listening,
        queues: addressedOnly ? [addressedQueue(controlExchange, `${topic}.${server}`, options)] : queuesOf(topic, server),
        // Those that are worked on are not acknowledged yet.
        prefetch: Math.min(settings.concurrency + (options.rabbit_qos_prefetch_count || settings.concurrency), MOST_UNACKNOWLEDGED),
        receive: requests.receive,
        ...(onGap === undefined ? {} : { resumed: onGap }),
      });
      let disposed: Promise<void> | undefined;
      const listener: Listener = {
        topic,
        [Symbol.asyncDispose]() {
          disposed ??= (async () => {
            await consumption.cancel();
            await within(DRAIN_MS, requests.drain());
            await consumption[Symbol.asyncDispose]();
            listeners.delete(listener);
          })();
          return disposed;
        },
      };
      listeners.add(listener);
      await consumption.started;
      return listener;
    },

    [Symbol.asyncDispose]() {
      closed ??= close();
      return closed;
    },
  };
}

function requestOf(request: Omit<RpcRequest, 'version'>, { version }: Target): RpcRequest {
  return { ...request, ...(version === undefined ? {} : { version }) };
}
