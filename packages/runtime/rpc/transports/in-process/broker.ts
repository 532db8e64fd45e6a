import type { Transport } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { memoryChannelPair, type Channel } from './channel.ts';
import { connectOverChannel } from './connect-over-channel.ts';
import { parsePeerFrame, type BrokerFrame, type Outcome, type PeerFrame } from './frames.ts';
import { createRouter, type Attachment, type Router } from './router.ts';

export interface BrokerOptions {
  readonly log?: Logger;
  /** Messages one listener works on at once. Default 64, oslo.messaging's executor_thread_pool_size. */
  readonly concurrency?: number;
  /** Messages that wait in one queue before the oldest is dropped. Default 100 000. */
  readonly maxWaiting?: number;
  /** Milliseconds that a message waits for a first listener. Default 10 minutes. */
  readonly retentionMs?: number;
}

/** The middle of the in-process bus: peers connect to it, and it carries their messages to one another. */
export interface Broker extends AsyncDisposable {
  /** A connection for a part of this process. What it sends still crosses as JSON text. */
  connect(): Transport;
  /** Accepts a peer that runs `connectOverChannel` on the other end, until the channel closes. */
  attach(channel: Channel): void;
}

/** Disposing the broker closes every connection. */
export function createBroker(options: BrokerOptions = {}): Broker {
  const { log } = options;
  const retentionMs = options.retentionMs ?? 600_000;
  const router = createRouter({
    concurrency: options.concurrency ?? 64,
    maxWaiting: options.maxWaiting ?? 100_000,
    retentionMs,
    onDrop: ({ topic, request }) => log?.warn({ topic, method: request.method }, 'a message is dropped, because too many wait before it'),
  });
  const channels = new Set<Channel>();
  const sweeper = setInterval(() => router.sweep(), retentionMs);
  sweeper.unref();

  const attach = (channel: Channel): void => {
    channels.add(channel);
    const peer = servePeer(channel, router);
    channel.onMessage((text) => {
      let frame: PeerFrame;
      try {
        frame = parsePeerFrame(text);
      } catch (error) {
        log?.warn({ err: error, length: text.length }, 'a message from a peer is dropped: it cannot be read');
        return;
      }
      peer.receive(frame);
    });
    channel.onClose(() => {
      channels.delete(channel);
      peer.gone();
    });
  };

  return {
    attach,
    connect() {
      const [ours, theirs] = memoryChannelPair();
      attach(ours);
      return connectOverChannel(theirs, log === undefined ? {} : { log });
    },
    async [Symbol.asyncDispose]() {
      clearInterval(sweeper);
      for (const channel of channels) channel.close();
    },
  };
}

type ListenFrame = Extract<PeerFrame, { readonly kind: 'listen' }>;

interface Delivery {
  readonly listener: number;
  readonly answer: ((outcome: Outcome) => void) | undefined;
}

/** One peer's listeners and the deliveries it has in hand. */
function servePeer(channel: Channel, router: Router): { receive(frame: PeerFrame): void; gone(): void } {
  const attachments = new Map<number, Attachment>();
  const deliveries = new Map<number, Delivery>();
  let lastDelivery = 0;
  let here = true;
  const send = (frame: BrokerFrame): void => {
    if (here) channel.send(JSON.stringify(frame));
  };

  const listen = ({ listener, topic, server, addressedOnly }: ListenFrame): void => {
    // Asked twice, it listens once.
    if (attachments.has(listener)) return;
    send({ kind: 'listening', listener });
    const attachment = router.attach({
      topic,
      server,
      addressedOnly,
      deliver: ({ request, answer }) => {
        const delivery = ++lastDelivery;
        deliveries.set(delivery, { listener, answer });
        send({ kind: 'deliver', delivery, listener, request });
      },
    });
    attachments.set(listener, attachment);
  };

  return {
    receive(frame) {
      switch (frame.kind) {
        case 'listen':
          listen(frame);
          break;
        case 'unlisten':
          attachments.get(frame.listener)?.detach();
          attachments.delete(frame.listener);
          send({ kind: 'unlistened', listener: frame.listener });
          break;
        case 'send': {
          const { call } = frame;
          router.route(
            frame.target,
            frame.request,
            call && { timeoutMs: call.timeoutMs, answer: (outcome) => send({ kind: 'reply', id: call.id, outcome }) },
          );
          break;
        }
        case 'done': {
          const delivery = deliveries.get(frame.delivery);
          if (delivery === undefined) break;
          deliveries.delete(frame.delivery);
          delivery.answer?.(frame.outcome);
          attachments.get(delivery.listener)?.release();
          break;
        }
      }
    },
    gone() {
      here = false;
      for (const attachment of attachments.values()) attachment.detach();
      attachments.clear();
      for (const { answer } of deliveries.values()) answer?.({ kind: 'lost' });
      deliveries.clear();
    },
  };
}
