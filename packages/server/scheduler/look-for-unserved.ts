import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { DhcpAgentScheduler } from './dhcp-agent-scheduler.ts';

const intervalMs = 10_000;

/** Looks now and then whether a network waits for DHCP agents: a server that was killed may have made it, and not given it any. */
export function lookForUnserved(scheduler: Pick<DhcpAgentScheduler, 'scheduleUnserved'>, log: Pick<Logger, 'debug'>): AsyncDisposable {
  const stop = new AbortController();
  const looking = (async () => {
    while (!stop.signal.aborted) {
      // Not all servers at the same moment.
      await sleep(intervalMs * (0.5 + Math.random() / 2), undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      // A database that is away is told of where it is asked for something.
      if (!stop.signal.aborted) await scheduler.scheduleUnserved().catch((error: unknown) => log.debug({ err: error }, 'networks without DHCP agents cannot be looked for now'));
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await looking;
    },
  };
}
