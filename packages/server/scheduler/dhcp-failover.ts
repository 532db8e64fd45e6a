import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { databaseTime } from '../db/database-time.ts';
import type { Db } from '../db/types.ts';
import type { DhcpAgentScheduler } from './dhcp-agent-scheduler.ts';
import { downBindings } from './dhcp-bindings.ts';
import { deadLimitSeconds, isStartingUp } from './starting-up.ts';

export interface DhcpFailoverOptions {
  readonly db: Db;
  readonly scheduler: Pick<DhcpAgentScheduler, 'hasCandidates' | 'moveFromDead'>;
  readonly agentDownTimeSeconds: number;
  readonly log: Pick<Logger, 'debug' | 'error' | 'warn'>;
}

/** Looks for networks whose DHCP agents are not heard any more, and has them moved. */
export class DhcpFailover {
  readonly #options: DhcpFailoverOptions;
  #lastCheck: number | undefined;
  /** Nothing is moved before this time, ms since the epoch. */
  #holdUntil = -Infinity;

  constructor(options: DhcpFailoverOptions) {
    this.#options = options;
  }

  /**
   * One check, at `now` (ms since the epoch). Returns how many networks were taken from their agents; where nothing is wrong it is one query.
   * Where this server may itself have been deaf, it first waits for the agents to be heard again: otherwise the first agent
   * that is heard would get what all others served.
   */
  async check(now: number = Date.now()): Promise<number> {
    const { db, scheduler, agentDownTimeSeconds, log } = this.#options;
    const limitMs = deadLimitSeconds(agentDownTimeSeconds) * 1000;
    const last = this.#lastCheck;
    this.#lastCheck = now;
    if (last !== undefined && Math.abs(now - last) > agentDownTimeSeconds * 1000) {
      log.warn({ seconds: Math.round((now - last) / 1000) }, 'the clock jumped, or this server was stopped for a while: networks stay with their DHCP agents until those had time to report');
      this.#holdUntil = now + limitMs;
    }
    if (now < this.#holdUntil) return 0;
    try {
      const since = databaseTime(new Date(now - limitMs));
      const down = await downBindings(db, since);
      const counts = new Map([...Map.groupBy(down, ({ agentId }) => agentId)].map(([id, bindings]) => [id, bindings.length]));
      const dead = down.filter(({ agentId, startedAt }) => !isStartingUp({ started_at: startedAt }, counts.get(agentId) ?? 0, agentDownTimeSeconds, now));
      if (dead.length === 0) return 0;
      if (!(await scheduler.hasCandidates())) {
        log.warn({ networks: dead.length }, 'no DHCP agent is alive: networks stay where they are');
        this.#holdUntil = now + agentDownTimeSeconds * 1000;
        return 0;
      }
      return await scheduler.moveFromDead(dead, since);
    } catch (error) {
      log.error({ err: error }, 'networks cannot be taken from DHCP agents that are not heard any more; it is tried again');
      this.#holdUntil = now + limitMs;
      return 0;
    }
  }
}

/** Checks every half `agent_down_time`, one check at a time, the first time after as long at least: agents report meanwhile. */
export function startDhcpFailover(options: DhcpFailoverOptions): AsyncDisposable {
  const failover = new DhcpFailover(options);
  const intervalMs = Math.max(Math.floor(options.agentDownTimeSeconds / 2), 1) * 1000;
  const stop = new AbortController();
  const checking = (async () => {
    // Not all servers at the same moment.
    let pauseMs = intervalMs * (1 + Math.random());
    for (;;) {
      try {
        await sleep(pauseMs, undefined, { signal: stop.signal, ref: false });
      } catch {
        return;
      }
      await failover.check();
      pauseMs = intervalMs;
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await checking;
    },
  };
}
