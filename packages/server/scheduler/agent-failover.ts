import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { databaseTime } from '../db/database-time.ts';
import { deadLimitSeconds } from './starting-up.ts';

/** What agents of one kind have, and how it is taken from those that are not heard any more. */
export interface FailoverOptions<Binding> {
  /** As logs name it: "networks". */
  readonly what: string;
  /** "DHCP agents". */
  readonly agents: string;
  /** What agents have that were not heard since then; where nothing is wrong it is one query. */
  find(notHeardSince: string, now: number): Promise<readonly Binding[]>;
  /** Whether some agent could take it over. */
  hasCandidates(): Promise<boolean>;
  /** Returns how much was taken. */
  move(bindings: readonly Binding[], notHeardSince: string): Promise<number>;
  readonly agentDownTimeSeconds: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

/** Looks for agents that are not heard any more, and has what they have moved. */
export class AgentFailover<Binding> {
  readonly #options: FailoverOptions<Binding>;
  #lastCheck: number | undefined;
  /** Nothing is moved before this time, ms since the epoch. */
  #holdUntil = -Infinity;

  constructor(options: FailoverOptions<Binding>) {
    this.#options = options;
  }

  /**
   * One check, at `now` (ms since the epoch). Returns how much was taken from agents.
   * Where this server may itself have been deaf, it first waits for the agents to be heard again: otherwise the first agent
   * that is heard would get what all others had.
   */
  async check(now: number = Date.now()): Promise<number> {
    const { what, agents, agentDownTimeSeconds, log } = this.#options;
    const limitMs = deadLimitSeconds(agentDownTimeSeconds) * 1000;
    const last = this.#lastCheck;
    this.#lastCheck = now;
    // Checks are at least a second apart, and a little more.
    if (last !== undefined && Math.abs(now - last) > Math.max(agentDownTimeSeconds, 2) * 1000) {
      log.warn({ seconds: Math.round((now - last) / 1000) }, `the clock jumped, or this server was stopped for a while: ${what} stay with their ${agents} until those had time to report`);
      this.#holdUntil = now + limitMs;
    }
    const isHeld = now < this.#holdUntil;
    try {
      const since = databaseTime(new Date(now - limitMs));
      const dead = await this.#options.find(since, now);
      if (dead.length === 0) return 0;
      if (!(await this.#options.hasCandidates())) {
        if (!isHeld) log.warn({ [what]: dead.length }, `none of the ${agents} is alive: ${what} stay where they are`);
        // Each time, so that it counts from when somebody is heard.
        this.#holdUntil = Math.max(this.#holdUntil, now + agentDownTimeSeconds * 1000);
        return 0;
      }
      return isHeld ? 0 : await this.#options.move(dead, since);
    } catch (error) {
      if (!isHeld) log.error({ err: error }, `${what} cannot be taken from ${agents} that are not heard any more; it is tried again`);
      // While the database is away, agents are not heard either.
      this.#holdUntil = now + limitMs;
      return 0;
    }
  }
}

/** Checks every half `agent_down_time`, one check at a time, the first time after as long at least: agents report meanwhile. */
export function startFailover(failover: { check(): Promise<unknown> }, agentDownTimeSeconds: number): AsyncDisposable {
  const intervalMs = Math.max(Math.floor(agentDownTimeSeconds / 2), 1) * 1000;
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
