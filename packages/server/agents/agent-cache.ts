import { inList, unlessEmpty } from '../db/id-list.ts';
import type { Db } from '../db/types.ts';
import type { AgentRow } from './agent-views.ts';

/**
 * The agents, kept in memory: binding a port and scheduling ask for them, and they seldom change. Read again, only what is
 * short is read of those that say what they said before: of a thousand agents the configurations are a megabyte.
 * This server's own writes are told to it and are seen at once.
 */
export class AgentCache {
  readonly #db: Db;
  readonly #maximumAgeMs: number;
  #rows: Promise<ReadonlyMap<string, AgentRow>> | undefined;
  /** As read last, by type and host. */
  #last: ReadonlyMap<string, AgentRow> = new Map();
  /** On the clock of `performance.now()`. */
  #readAt = 0;
  /** Counts writes, so that a read that began before a write does not hide it. */
  #writes = 0;

  /** `maximumAgeMs`: another server may have heard an agent that this one has not, so what is known is read again after this time. */
  constructor(db: Db, maximumAgeMs: number) {
    this.#db = db;
    this.#maximumAgeMs = maximumAgeMs;
  }

  async all(): Promise<readonly AgentRow[]> {
    return [...(await this.#current()).values()];
  }

  /** After a change of any kind other than a heartbeat. */
  forget(): void {
    this.#writes += 1;
    this.#rows = undefined;
  }

  /** After a heartbeat: nothing else of the row changed. */
  async beat(agentType: string, host: string, at: string): Promise<void> {
    const known = (await this.#rows)?.get(cacheKey({ agent_type: agentType, host }));
    if (known !== undefined) known.heartbeat_timestamp = at;
  }

  /** From the database, past the cache. */
  async read(ids: readonly string[]): Promise<readonly AgentRow[]> {
    return unlessEmpty(ids, (part) => this.#db.selectFrom('agents').selectAll().where(inList('id', part)).execute());
  }

  async #current(): Promise<ReadonlyMap<string, AgentRow>> {
    const now = performance.now();
    if (this.#rows !== undefined && now - this.#readAt < this.#maximumAgeMs) return this.#rows;
    const writes = this.#writes;
    const reading = this.#readAll().then((rows) => new Map(rows.map((row) => [cacheKey(row), { ...row }])));
    this.#rows = reading;
    this.#readAt = now;
    reading.catch(() => this.forget());
    const rows = await reading;
    this.#last = rows;
    if (writes !== this.#writes) return this.#current();
    return rows;
  }

  async #readAll(): Promise<readonly AgentRow[]> {
    const known = this.#last;
    if (known.size === 0) return this.#db.selectFrom('agents').selectAll().execute();
    const short = await this.#db
      .selectFrom('agents')
      .select(['id', 'agent_type', 'host', 'admin_state_up', 'description', 'heartbeat_timestamp', 'started_at', 'reported_digest'])
      .execute();
    const saysTheSame = (row: (typeof short)[number]): AgentRow | undefined => {
      const before = known.get(cacheKey(row));
      return before?.id === row.id && before.reported_digest === row.reported_digest && row.reported_digest !== '' ? before : undefined;
    };
    const whole = new Map((await this.read(short.flatMap((row) => (saysTheSame(row) === undefined ? [row.id] : [])))).map((row) => [row.id, row]));
    return short.flatMap((row) => {
      const before = saysTheSame(row);
      return before === undefined ? (whole.get(row.id) ?? []) : { ...before, ...row };
    });
  }
}

function cacheKey({ agent_type, host }: Pick<AgentRow, 'agent_type' | 'host'>): string {
  return `${agent_type}\n${host}`;
}
