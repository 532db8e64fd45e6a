import { setTimeout as pause } from 'node:timers/promises';
import { TransportClosed } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import type { AsyncMessage, Channel } from 'rabbitmq-client';
import { decompress } from './compression.ts';
import type { KeptConnection } from './keep-connected.ts';
import type { Queue } from './topology.ts';
import { within } from './within.ts';

/** How long a broker that says nothing is waited for when leaving it. */
const CLOSE_TIMEOUT_MS = 1000;

export interface ConsumeOptions {
  readonly connection: KeptConnection;
  readonly queues: readonly Queue[];
  /** Messages that the broker sends ahead of their acknowledgement; 0: all. */
  readonly prefetch: number;
  readonly cancelOnFailover: boolean;
  /** Between the loss of a queue, or the broker's refusal, and the next attempt. */
  readonly retryMs: number;
  /** Called for each message; `acknowledge` is to be called once. */
  readonly receive: (body: unknown, acknowledge: () => void, redelivered: boolean) => void;
  /** Called when the queues are listened to again after a loss. */
  readonly resumed?: () => void;
  readonly log: Logger;
}

/** Disposing it takes no more messages, deletes private queues, and closes the channel: acknowledge before. */
export interface Consumption extends AsyncDisposable {
  /** Resolves when all queues are there and listened to for the first time; rejects when disposed before. */
  readonly started: Promise<void>;
  /** Takes no more messages; what was taken can still be acknowledged. */
  cancel(): Promise<void>;
}

/**
 * Declares the queues, takes their messages, and does so anew after every loss of connection, channel or queue. What the broker
 * refuses is told and tried again, because whoever made a queue with other flags may be gone by then.
 */
export function consume(options: ConsumeOptions): Consumption {
  const { connection, queues, retryMs, log } = options;
  const names = queues.map(({ queue }) => queue);
  const started = Promise.withResolvers<void>();
  started.promise.catch(() => undefined);
  const disposing = Promise.withResolvers<undefined>();
  const stopped = new AbortController();
  let wasStarted = false;
  let open: { readonly channel: Channel; readonly tags: readonly string[] } | undefined;

  /** Resolves when nothing more comes by this channel, with the reason. */
  const serve = async (channel: Channel): Promise<string | undefined> => {
    const ended = Promise.withResolvers<string>();
    channel.on('close', () => ended.resolve('the channel is closed'));
    channel.on('error', (error: Error) => ended.resolve(error.message));
    channel.on('basic.cancel', () => ended.resolve('a queue was deleted, or moved'));
    open = { channel, tags: await subscribe(channel, options) };
    if (wasStarted) options.resumed?.();
    wasStarted = true;
    started.resolve();
    return Promise.race([ended.promise, disposing.promise]);
  };

  const run = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const wanted = connection.channel();
      let channel: Channel | undefined;
      try {
        channel = await Promise.race([wanted, disposing.promise]);
      } catch (error) {
        if (connection.closed.aborted) return;
        // A connection that stands may refuse a channel, or be about to break: to give up here would be to hear nothing any more.
        log.error({ queues: names, reason: (error as Error).message }, 'there is no channel to listen on; the next attempt follows');
        await pause(retryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
        continue;
      }
      if (channel === undefined) {
        wanted.then((late) => late.close()).catch(() => undefined);
        return;
      }
      try {
        const reason = await serve(channel);
        if (!stopped.signal.aborted) log.warn({ queues: names, reason }, 'queues are not listened to any more; they are asked for again');
      } catch (error) {
        if (!stopped.signal.aborted) log.error({ queues: names, reason: (error as Error).message }, 'queues cannot be listened to; the next attempt follows');
      }
      open = undefined;
      await within(CLOSE_TIMEOUT_MS, leave(channel, stopped.signal.aborted ? queues : []));
      await pause(retryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const running = run().finally(() => started.reject(new TransportClosed('stopped before the queues were listened to')));

  const cancel = async (): Promise<void> => {
    stopped.abort();
    const { channel, tags = [] } = open ?? {};
    // A channel that fails meanwhile has nothing to cancel.
    const cancelled = tags.map(async (tag) => (channel?.active === true ? channel.basicCancel(tag) : undefined));
    await within(CLOSE_TIMEOUT_MS, Promise.allSettled(cancelled));
  };

  return {
    started: started.promise,
    cancel,
    async [Symbol.asyncDispose]() {
      await cancel();
      disposing.resolve(undefined);
      await running;
    },
  };
}

/** Deletes the private ones among the queues, and closes the channel. */
async function leave(channel: Channel, queues: readonly Queue[]): Promise<void> {
  for (const { queue } of queues.filter((candidate) => candidate.private)) {
    if (channel.active) await channel.queueDelete(queue).catch(() => undefined);
  }
  await channel.close();
}

async function subscribe(channel: Channel, { queues, prefetch, cancelOnFailover, receive, log }: ConsumeOptions): Promise<readonly string[]> {
  if (prefetch > 0) await channel.basicQos({ prefetchCount: prefetch });
  const tags: string[] = [];
  for (const declared of queues) {
    const { queue, durable, autoDelete, arguments: args, binding } = declared;
    if (binding !== undefined) await channel.exchangeDeclare({ ...binding.exchange });
    await channel.queueDeclare({ queue, durable, autoDelete, arguments: args });
    if (binding !== undefined) await channel.queueBind({ queue, exchange: binding.exchange.exchange, routingKey: binding.routingKey });
  }
  for (const { queue, arguments: { 'x-queue-type': type } } of queues) {
    // A quorum queue refuses the wish: it tells its listeners in any case.
    const { consumerTag } = await channel.basicConsume({ queue, ...(cancelOnFailover && type !== 'quorum' ? { arguments: { 'x-cancel-on-ha-failover': true } } : {}) }, (message) => {
      const acknowledge = (): void => {
        // With the channel goes the right to acknowledge; the broker then delivers the message again.
        if (channel.active) channel.basicAck({ deliveryTag: message.deliveryTag });
      };
      try {
        receive(bodyOf(message), acknowledge, message.redelivered);
      } catch (error) {
        log.warn({ queue, reason: (error as Error).message }, 'a message is dropped: it cannot be read');
        acknowledge();
      }
    });
    tags.push(consumerTag);
  }
  return tags;
}

function bodyOf({ body, headers }: AsyncMessage): unknown {
  return decompress(body, headers?.['compression']);
}
