import { inList, unlessEmpty } from '../db/id-list.ts';
import type { Db } from '../db/types.ts';
import type { AgentRow } from './agent-views.ts';

/** Another server may have heard an agent that this one has not: what is known is read again after this time. */
const maximumAgeMs = 1000;

/**
 * The agents, kept in memory: binding a port, scheduling and every heartbeat ask for them, and they seldom change.
 * This server's own writes are told to it and are seen at once.
 */
export class AgentCache {
  readonly #db: Db;
  #rows: Promise<ReadonlyMap<string, AgentRow>> | undefined;
  #readAt = 0;
  /** Counts writes, so that a read that began before a write does not hide it. */
  #writes = 0;

  constructor(db: Db) {
    this.#db = db;
  }

  async all(): Promise<readonly AgentRow[]> {
    return [...(await this.#current()).values()];
  }

  async byTypeAndHost(agentType: string, host: string): Promise<AgentRow | undefined> {
    return (await this.#current()).get(cacheKey(agentType, host));
  }

  /** After a change of any kind other than a heartbeat. */
  forget(): void {
    this.#writes += 1;
    this.#rows = undefined;
  }

  /** After a heartbeat: nothing else of the row changed. */
  async beat(row: AgentRow, at: string): Promise<void> {
    const rows = await this.#current();
    const known = rows.get(cacheKey(row.agent_type, row.host));
    if (known !== undefined) known.heartbeat_timestamp = at;
  }

  /** From the database, past the cache. */
  async read(ids: readonly string[]): Promise<readonly AgentRow[]> {
    return unlessEmpty(ids, (part) => this.#db.selectFrom('agents').selectAll().where(inList('id', part)).execute());
  }

  async #current(): Promise<ReadonlyMap<string, AgentRow>> {
    const now = Date.now();
    if (this.#rows !== undefined && now - this.#readAt < maximumAgeMs) return this.#rows;
    const writes = this.#writes;
    const reading = this.#db
      .selectFrom('agents')
      .selectAll()
      .execute()
      .then((rows) => new Map(rows.map((row) => [cacheKey(row.agent_type, row.host), { ...row }])));
    this.#rows = reading;
    this.#readAt = now;
    reading.catch(() => this.forget());
    const rows = await reading;
    if (writes !== this.#writes) return this.#current();
    return rows;
  }
}

function cacheKey(agentType: string, host: string): string {
  return `${agentType}\n${host}`;
}
