import type { Target } from '@neutrino/lib/rpc/messaging';
import type { RpcRequest } from '../../dispatch.ts';
import type { Outcome } from './frames.ts';
import { MessageQueue, type Message } from './message-queue.ts';

export interface RouterOptions {
  /** Messages a listener works on at once. */
  readonly concurrency: number;
  /** Messages that wait in one queue; beyond it the oldest is dropped. */
  readonly maxWaiting: number;
  /** Milliseconds that a message waits for the first listener of its queue. */
  readonly retentionMs: number;
  /** Told of each message that is dropped. */
  readonly onDrop: (message: Message) => void;
}

/** A listener as the router sees it: where to hand messages. `release` is called when one is dealt with. */
export interface Receiver {
  readonly topic: string;
  readonly server: string;
  /** Takes nothing of what the topic's listeners share, or what is sent to all. */
  readonly addressedOnly?: boolean;
  /** Must not throw, and must not call back into the router before it returns. */
  readonly deliver: (message: Message) => void;
}

export interface Attachment {
  /** One message has been dealt with: there is room for the next. */
  release(): void;
  /** No further message is delivered. What waits for this topic and server goes on waiting. */
  detach(): void;
}

export interface Router {
  route(target: Target, request: RpcRequest, call?: { readonly timeoutMs: number; readonly answer: (outcome: Outcome) => void }): void;
  attach(receiver: Receiver): Attachment;
  /** Forgets queues in which nothing waits any more. */
  sweep(): void;
}

interface Listening {
  readonly receiver: Receiver;
  /** Copies of what was fanned out, for this listener alone. */
  readonly fanout: MessageQueue;
  busy: number;
}

interface Topic {
  /** In the order in which they take turns. */
  listening: Listening[];
  readonly shared: MessageQueue;
  readonly direct: Map<string, MessageQueue>;
}

/**
 * Decides which listener gets a message, as RabbitMQ's exchanges and queues do for oslo.messaging.
 *
 * INVARIANT: a listener with room has nothing waiting in any queue that it takes from. So a message that
 * arrives can go straight to a listener with room, and one that frees room takes the oldest of its queues.
 */
export function createRouter(options: RouterOptions): Router {
  const topics = new Map<string, Topic>();
  let sequence = 0;

  const topicOf = (name: string): Topic => {
    let topic = topics.get(name);
    if (topic === undefined) topics.set(name, (topic = { listening: [], shared: new MessageQueue(), direct: new Map() }));
    return topic;
  };
  const directQueue = (topic: Topic, server: string): MessageQueue => {
    let queue = topic.direct.get(server);
    if (queue === undefined) topic.direct.set(server, (queue = new MessageQueue()));
    return queue;
  };
  const put = (queue: MessageQueue, message: Message): void => {
    queue.put(message);
    if (queue.size <= options.maxWaiting) return;
    const oldest = queue.take();
    if (oldest !== undefined) options.onDrop(oldest);
  };
  /** Hands a listener the oldest messages that it may take, as long as it has room. */
  const fill = (topic: Topic, listener: Listening): void => {
    while (listener.busy < options.concurrency) {
      const { addressedOnly, server } = listener.receiver;
      const queues = [...(addressedOnly ? [] : [topic.shared, listener.fanout]), topic.direct.get(server)];
      const message = takeOldest(queues);
      if (message === undefined) return;
      listener.busy++;
      listener.receiver.deliver(message);
    }
  };
  /** The next in turn with room goes to the end of the line. */
  const fillOne = (topic: Topic, candidates: readonly Listening[]): void => {
    const next = candidates.find((listener) => listener.busy < options.concurrency);
    if (next === undefined) return;
    topic.listening = [...topic.listening.filter((listener) => listener !== next), next];
    fill(topic, next);
  };

  return {
    route(target, request, call) {
      const topic = target.fanout === true ? topics.get(target.topic) : topicOf(target.topic);
      if (topic === undefined) return;
      const { server } = target;
      const isForAll = server === undefined || target.fanout === true;
      const takers = topic.listening.filter(({ receiver }) => (isForAll ? receiver.addressedOnly !== true : receiver.server === server));
      const patience = call?.timeoutMs ?? (takers.length === 0 ? options.retentionMs : Number.POSITIVE_INFINITY);
      const message: Message = {
        sequence: sequence++,
        topic: target.topic,
        request,
        expires: performance.now() + patience,
        ...(call === undefined ? {} : { answer: call.answer }),
      };
      if (target.fanout === true) {
        for (const listener of takers) {
          put(listener.fanout, message);
          fill(topic, listener);
        }
        return;
      }
      put(server === undefined ? topic.shared : directQueue(topic, server), message);
      fillOne(topic, takers);
    },

    attach(receiver) {
      const topic = topicOf(receiver.topic);
      const listener: Listening = { receiver, fanout: new MessageQueue(), busy: 0 };
      topic.listening.push(listener);
      fill(topic, listener);
      return {
        release() {
          listener.busy--;
          if (topic.listening.includes(listener)) fill(topic, listener);
        },
        detach() {
          topic.listening = topic.listening.filter((other) => other !== listener);
        },
      };
    },

    sweep() {
      for (const [name, topic] of topics) {
        for (const [server, queue] of topic.direct) if (queue.peek() === undefined) topic.direct.delete(server);
        if (topic.listening.length === 0 && topic.direct.size === 0 && topic.shared.peek() === undefined) topics.delete(name);
      }
    },
  };
}

function takeOldest(queues: readonly (MessageQueue | undefined)[]): Message | undefined {
  let oldest: MessageQueue | undefined;
  for (const queue of queues) {
    const head = queue?.peek();
    if (head !== undefined && head.sequence < (oldest?.peek()?.sequence ?? Number.POSITIVE_INFINITY)) oldest = queue;
  }
  return oldest?.take();
}
