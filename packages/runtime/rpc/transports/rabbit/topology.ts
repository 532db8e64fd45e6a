import type { RabbitConfig } from './settings.ts';

/** An exchange as it is declared. Whoever declares one that exists with other flags is refused by the broker. */
export interface Exchange {
  readonly exchange: string;
  readonly type: 'topic' | 'fanout';
  readonly durable: boolean;
  readonly autoDelete: boolean;
}

/** A queue as it is declared, and what puts messages into it. */
export interface Queue {
  readonly queue: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly arguments: Readonly<Record<string, string | number>>;
  /** Absent where messages come by the default exchange, by the queue's name. */
  readonly binding?: { readonly exchange: Exchange; readonly routingKey: string };
  /** Deleted when its listener stops; another waits for its program to come back. */
  readonly private: boolean;
}

type Flags = Pick<
  RabbitConfig,
  | 'amqp_durable_queues' | 'amqp_auto_delete' | 'rabbit_quorum_queue' | 'rabbit_quorum_delivery_limit' | 'rabbit_quroum_max_memory_length'
  | 'rabbit_quroum_max_memory_bytes' | 'rabbit_ha_queues' | 'rabbit_transient_queues_ttl'
>;

/** The exchange by which requests reach the queue of their topic. */
export function topicExchange(exchange: string, options: Flags): Exchange {
  return { exchange, type: 'topic', durable: isDurable(options), autoDelete: options.amqp_auto_delete };
}

/** The exchange that copies to every listener of a topic. It goes with its last queue. */
export function fanoutExchange(topic: string): Exchange {
  return { exchange: `${topic}_fanout`, type: 'fanout', durable: false, autoDelete: true };
}

/** The queue that all listeners of a topic share, or that of one server on it: `routingKey` is both their address and name. */
export function topicQueue(exchange: string, routingKey: string, options: Flags): Queue {
  return {
    queue: routingKey,
    durable: isDurable(options),
    autoDelete: options.amqp_auto_delete,
    arguments: { ...mirroring(options), ...quorum(options) },
    binding: { exchange: topicExchange(exchange, options), routingKey },
    private: false,
  };
}

/** All that a listener gets who hears nothing but what is addressed to it. Nobody waits for it when it is gone, and nothing is kept for it. */
export function addressedQueue(exchange: string, routingKey: string, options: Flags): Queue {
  const queue = topicQueue(exchange, routingKey, options);
  return { ...queue, arguments: { ...queue.arguments, 'x-expires': options.rabbit_transient_queues_ttl * 1000 }, private: true };
}

/** What one listener gets of what is sent to all. */
export function fanoutQueue(topic: string, unique: string, options: Flags): Queue {
  return { ...transient(`${topic}_fanout_${unique}`, options), binding: { exchange: fanoutExchange(topic), routingKey: topic }, private: true };
}

/** Where the answers to this program's calls come. */
export function replyQueue(name: string, options: Flags): Queue {
  return { ...transient(name, options), private: false };
}

function transient(queue: string, options: Flags): Omit<Queue, 'private'> {
  return { queue, durable: false, autoDelete: false, arguments: { ...mirroring(options), 'x-expires': options.rabbit_transient_queues_ttl * 1000 } };
}

function isDurable(options: Flags): boolean {
  return options.amqp_durable_queues || options.rabbit_quorum_queue;
}

function mirroring(options: Flags): Readonly<Record<string, string>> {
  return options.rabbit_ha_queues ? { 'x-ha-policy': 'all' } : {};
}

function quorum(options: Flags): Readonly<Record<string, string | number>> {
  if (!options.rabbit_quorum_queue) return {};
  const limits = {
    'x-delivery-limit': options.rabbit_quorum_delivery_limit,
    'x-max-in-memory-length': options.rabbit_quroum_max_memory_length,
    'x-max-in-memory-bytes': options.rabbit_quroum_max_memory_bytes,
  };
  return { 'x-queue-type': 'quorum', ...Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit > 0)) };
}
