import type { Json } from '@neutrino/lib/json';
import type { Listener, ListenOptions } from '@neutrino/lib/rpc/messaging';
import type { Logger } from 'pino';
import { dispatch, type RpcRequest } from '../../dispatch.ts';
import { failureOf } from '../../failure.ts';
import { logFailure } from '../../log-failure.ts';
import type { Outcome } from './frames.ts';

/** A listener on the peer's side: it runs what is delivered, each as soon as it comes, and reports how it ended. */
export interface ServedListener extends Listener {
  readonly started: PromiseWithResolvers<void>;
  readonly ended: PromiseWithResolvers<void>;
  deliver(delivery: number, request: RpcRequest): void;
}

export interface ServeOptions {
  readonly listen: ListenOptions;
  readonly log?: Logger;
  /** Reports a delivery. May throw where the result is no JSON. */
  readonly finish: (delivery: number, outcome: Outcome) => void;
  /** Asks that nothing more be delivered; `ended` is resolved when that is so. */
  readonly end: () => void;
  /** Called when the listener has ended and nothing of it runs any more. */
  readonly ended: () => void;
}

export function serveListener({ listen, log, finish, end, ended }: ServeOptions): ServedListener {
  const running = new Map<number, Promise<void>>();
  let disposed: Promise<void> | undefined;

  const run = async (delivery: number, request: RpcRequest): Promise<void> => {
    try {
      const result: Json = await dispatch(listen.endpoints, request);
      finish(delivery, { kind: 'result', result });
    } catch (error) {
      logFailure(log, { topic: listen.topic, method: request.method }, error);
      finish(delivery, { kind: 'failure', failure: failureOf(error) });
    } finally {
      running.delete(delivery);
    }
  };
  const served: ServedListener = {
    topic: listen.topic,
    started: Promise.withResolvers<void>(),
    ended: Promise.withResolvers<void>(),
    deliver(delivery, request) {
      if (!running.has(delivery)) running.set(delivery, run(delivery, request));
    },
    [Symbol.asyncDispose]() {
      disposed ??= (async () => {
        end();
        await served.ended.promise;
        await Promise.all(running.values());
        ended();
      })();
      return disposed;
    },
  };
  // Whoever awaits `started` hears of it; when nobody does yet, it is no unhandled rejection.
  served.started.promise.catch(() => undefined);
  return served;
}
