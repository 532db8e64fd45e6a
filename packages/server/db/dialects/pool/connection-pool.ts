import { DatabaseUnavailable } from '../../errors.ts';
import type { DatabaseSettings } from '../../database-settings.ts';

/** What the pool has to know of a connection. */
export interface PooledConnection {
  /** Set once it cannot be used again: the server has gone, or nobody knows what state it is in. */
  readonly broken: boolean;
  close(): void;
}

interface Held<C> {
  readonly connection: C;
  readonly openedAt: number;
  idleSince: number;
}

interface Waiting<C> {
  readonly give: (connection: C) => void;
  readonly refuse: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Connections beyond `maxPoolSize` are closed when they have been idle for so long. */
const overflowIdleMs = 60_000;

/**
 * Connections of one process to one database. The last one used is the first one used again: its statements
 * are prepared, and those that nobody needs grow old. Whoever waits is served in order.
 */
export class ConnectionPool<C extends PooledConnection> {
  readonly #open: () => Promise<C>;
  readonly #settings: DatabaseSettings;
  readonly #held = new Map<C, Held<C>>();
  readonly #idle: Held<C>[] = [];
  readonly #waiting: Waiting<C>[] = [];
  readonly #limit: number;
  #opening = 0;
  #closed = false;
  #sweep: NodeJS.Timeout | undefined;

  constructor(open: () => Promise<C>, settings: DatabaseSettings) {
    this.#open = open;
    this.#settings = settings;
    const { maxPoolSize, maxOverflow } = settings;
    this.#limit = maxPoolSize === 0 || maxOverflow < 0 ? Infinity : maxPoolSize + maxOverflow;
  }

  /** Throws what opening throws, and DatabaseUnavailable where none becomes free in time. */
  async acquire(): Promise<C> {
    for (let held = this.#idle.pop(); held !== undefined; held = this.#idle.pop()) {
      if (!held.connection.broken && !this.#isOld(held)) return held.connection;
      this.#discard(held.connection);
    }
    if (this.#closed) throw new DatabaseUnavailable('the database has been closed');
    if (this.#held.size + this.#opening < this.#limit) return this.#openOne();
    return new Promise<C>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new DatabaseUnavailable(`no connection to the database became free within ${String(this.#settings.poolTimeoutSeconds)} s`));
      }, this.#settings.poolTimeoutSeconds * 1000);
      const waiting: Waiting<C> = { give: resolve, refuse: reject, timer };
      this.#waiting.push(waiting);
    });
  }

  release(connection: C): void {
    const held = this.#held.get(connection);
    if (held === undefined) return;
    if (connection.broken || this.#closed) {
      this.#discard(connection);
      this.#openForWaiting();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      clearTimeout(next.timer);
      next.give(connection);
      return;
    }
    held.idleSince = Date.now();
    this.#idle.push(held);
    if (this.#idle.length > this.#settings.maxPoolSize && this.#settings.maxPoolSize > 0) this.#sweep ??= setTimeout(() => this.#closeOverflow(), overflowIdleMs).unref();
  }

  /** After a connection was lost: those that were idle meanwhile are lost too, more likely than not. */
  dropIdle(): void {
    for (const { connection } of this.#idle.splice(0)) this.#discard(connection);
  }

  /** Those in use are closed when they are given back. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#sweep);
    this.dropIdle();
    for (const { refuse, timer } of this.#waiting.splice(0)) {
      clearTimeout(timer);
      refuse(new DatabaseUnavailable('the database has been closed'));
    }
  }

  async #openOne(): Promise<C> {
    this.#opening += 1;
    try {
      const connection = await this.#open();
      const now = Date.now();
      this.#held.set(connection, { connection, openedAt: now, idleSince: now });
      return connection;
    } finally {
      this.#opening -= 1;
    }
  }

  #openForWaiting(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    clearTimeout(next.timer);
    this.#openOne().then(next.give, (error: unknown) => {
      next.refuse(error);
      this.#openForWaiting();
    });
  }

  #discard(connection: C): void {
    this.#held.delete(connection);
    connection.close();
  }

  #isOld({ openedAt }: Held<C>): boolean {
    const { connectionRecycleSeconds } = this.#settings;
    return connectionRecycleSeconds >= 0 && Date.now() - openedAt > connectionRecycleSeconds * 1000;
  }

  /** The list of idle ones is in order of use: the first are idle longest. */
  #closeOverflow(): void {
    this.#sweep = undefined;
    const { maxPoolSize } = this.#settings;
    const now = Date.now();
    while (this.#idle.length > maxPoolSize) {
      const longest = this.#idle[0];
      if (longest === undefined || now - longest.idleSince < overflowIdleMs) break;
      this.#idle.shift();
      this.#discard(longest.connection);
    }
    if (this.#idle.length > maxPoolSize) this.#sweep = setTimeout(() => this.#closeOverflow(), overflowIdleMs).unref();
  }
}
