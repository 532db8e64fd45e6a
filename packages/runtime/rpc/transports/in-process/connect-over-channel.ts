import type { Json, JsonObject } from '@neutrino/lib/json';
import {
  MessagingTimeout,
  TransportClosed,
  type CallOptions,
  type Listener,
  type ListenOptions,
  type MessageContext,
  type Target,
  type Transport,
} from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { errorOf } from '../../failure.ts';
import type { RpcRequest } from '../../dispatch.ts';
import type { Channel } from './channel.ts';
import { parseBrokerFrame, type BrokerFrame, type Outcome, type PeerFrame } from './frames.ts';
import { serveListener, type ServedListener } from './serve-listener.ts';

export interface ConnectOptions {
  readonly log?: Logger;
  /** How long disposing waits for methods that are being served. Default 5 000 ms. */
  readonly drainMs?: number;
}

interface WaitingCall {
  readonly resolve: (result: Json) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

const defaultTimeoutMs = 60_000;

/** A peer's connection to a broker that was given the other end of `channel`. */
export function connectOverChannel(channel: Channel, options: ConnectOptions = {}): Transport {
  const { log } = options;
  const calls = new Map<number, WaitingCall>();
  const listeners = new Map<number, ServedListener>();
  let lastNumber = 0;
  let open = true;

  const send = (frame: PeerFrame): void => channel.send(JSON.stringify(frame));
  const assertOpen = (): void => {
    if (!open) throw new TransportClosed('the connection to the message bus is closed');
  };
  const shut = (): void => {
    open = false;
    for (const call of calls.values()) {
      clearTimeout(call.timer);
      call.reject(new TransportClosed('the connection to the message bus was closed before the answer came'));
    }
    calls.clear();
  };

  const settle = (id: number, outcome: Outcome): void => {
    const call = calls.get(id);
    // Too late, or given twice.
    if (call === undefined) return;
    calls.delete(id);
    clearTimeout(call.timer);
    if (outcome.kind === 'result') call.resolve(outcome.result);
    else if (outcome.kind === 'failure') call.reject(errorOf(outcome.failure));
    else call.reject(new TransportClosed('the peer that served the call went away before it answered'));
  };
  const receive = (frame: BrokerFrame): void => {
    switch (frame.kind) {
      case 'reply':
        settle(frame.id, frame.outcome);
        break;
      case 'deliver':
        listeners.get(frame.listener)?.deliver(frame.delivery, frame.request);
        break;
      case 'listening':
        listeners.get(frame.listener)?.started.resolve();
        break;
      case 'unlistened':
        listeners.get(frame.listener)?.ended.resolve();
        break;
    }
  };

  channel.onMessage((text) => {
    let frame: BrokerFrame;
    try {
      frame = parseBrokerFrame(text);
    } catch (error) {
      log?.warn({ err: error, length: text.length }, 'a message from the bus is dropped: it cannot be read');
      return;
    }
    receive(frame);
  });
  channel.onClose(() => {
    shut();
    for (const listener of listeners.values()) {
      listener.started.reject(new TransportClosed('the connection to the message bus closed'));
      listener.ended.resolve();
    }
  });

  return {
    async call(context: MessageContext, target: Target, method: string, args: JsonObject, { timeoutMs = defaultTimeoutMs }: CallOptions = {}) {
      assertOpen();
      if (target.fanout === true) throw new TypeError('a call to many listeners has no one answer: use cast');
      const id = ++lastNumber;
      const { promise, resolve, reject } = Promise.withResolvers<Json>();
      send({ kind: 'send', target, request: requestOf(context, target, method, args), call: { id, timeoutMs } });
      const timer = setTimeout(() => {
        calls.delete(id);
        reject(new MessagingTimeout(`no answer to ${method} on topic ${target.topic} within ${timeoutMs} ms`));
      }, timeoutMs);
      calls.set(id, { resolve, reject, timer });
      return promise;
    },

    async cast(context: MessageContext, target: Target, method: string, args: JsonObject) {
      assertOpen();
      send({ kind: 'send', target, request: requestOf(context, target, method, args) });
    },

    async listen(listen: ListenOptions): Promise<Listener> {
      assertOpen();
      const id = ++lastNumber;
      const listener = serveListener({
        listen,
        ...(log === undefined ? {} : { log }),
        finish: (delivery, outcome) => send({ kind: 'done', delivery, outcome }),
        end: () => {
          if (open) send({ kind: 'unlisten', listener: id });
          else listener.ended.resolve();
        },
        ended: () => listeners.delete(id),
      });
      listeners.set(id, listener);
      send({ kind: 'listen', listener: id, topic: listen.topic, server: listen.server, addressedOnly: listen.addressedOnly ?? false });
      await listener.started.promise;
      return listener;
    },

    async [Symbol.asyncDispose]() {
      const ended = [...listeners.values()].map((listener) => listener[Symbol.asyncDispose]());
      shut();
      await Promise.race([Promise.all(ended), pause(options.drainMs ?? 5000)]);
      channel.close();
    },
  };
}

function requestOf(context: MessageContext, target: Target, method: string, args: JsonObject): RpcRequest {
  return { method, context, args, ...(target.version === undefined ? {} : { version: target.version }) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
