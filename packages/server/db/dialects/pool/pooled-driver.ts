import type { Driver } from 'kysely';
import type { DatabaseSettings } from '../../database-settings.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { OpenClient } from './engine-client.ts';
import { PooledEngineConnection } from './pooled-connection.ts';

/** Kysely's driver over a pool of connections. Isolation is the session's: READ COMMITTED. */
export class PooledDriver implements Driver {
  readonly #pool: ConnectionPool<PooledEngineConnection>;

  constructor(open: OpenClient, settings: DatabaseSettings) {
    const pool: ConnectionPool<PooledEngineConnection> = new ConnectionPool(() => PooledEngineConnection.open(open, () => pool.dropIdle()), settings);
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  acquireConnection(): Promise<PooledEngineConnection> {
    return this.#pool.acquire();
  }

  beginTransaction(connection: PooledEngineConnection): Promise<void> {
    return connection.begin();
  }

  commitTransaction(connection: PooledEngineConnection): Promise<void> {
    return connection.commit();
  }

  rollbackTransaction(connection: PooledEngineConnection): Promise<void> {
    return connection.rollback();
  }

  async releaseConnection(connection: PooledEngineConnection): Promise<void> {
    this.#pool.release(connection);
  }

  async destroy(): Promise<void> {
    this.#pool.close();
  }
}
