import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/** Most port ids in one message, as Neutron's own agent has it. */
const BATCH = 64;

/** Tells the server which ports' DHCP is ready; what cannot be told is told again. */
export interface ReadyPorts extends AsyncDisposable {
  add(portIds: Iterable<string>): void;
}

export function createReadyPorts(
  send: (portIds: readonly string[]) => Promise<void>,
  options: { readonly retryMs: number; readonly log: Logger },
): ReadyPorts {
  const owed = new Set<string>();
  const stop = new AbortController();
  let sending: Promise<void> | undefined;

  const sendAll = async (): Promise<void> => {
    while (owed.size > 0 && !stop.signal.aborted) {
      const batch = [...owed].slice(0, BATCH);
      for (const id of batch) owed.delete(id);
      try {
        await send(batch);
      } catch (error) {
        for (const id of batch) owed.add(id);
        options.log.warn({ err: error, ports: batch.length }, 'the server could not be told that DHCP is ready; it is told again');
        await delay(options.retryMs, undefined, { signal: stop.signal }).catch(() => undefined);
      }
    }
    sending = undefined;
  };

  return {
    add(portIds) {
      for (const id of portIds) owed.add(id);
      if (owed.size > 0 && !stop.signal.aborted) sending ??= sendAll();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sending;
    },
  };
}
