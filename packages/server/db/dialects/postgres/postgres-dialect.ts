import { PostgresAdapter, PostgresIntrospector, type DatabaseIntrospector, type Dialect, type DialectAdapter, type Driver, type Kysely, type QueryCompiler } from 'kysely';
import type { DatabaseSettings } from '../../database-settings.ts';
import type { OpenClient } from '../pool/engine-client.ts';
import { PooledDriver } from '../pool/pooled-driver.ts';
import { ServerQueryCompiler } from './postgres-compiler.ts';

/** PostgreSQL 12 and newer. */
export class PostgresServerDialect implements Dialect {
  readonly #open: OpenClient;
  readonly #settings: DatabaseSettings;

  constructor(open: OpenClient, settings: DatabaseSettings) {
    this.#open = open;
    this.#settings = settings;
  }

  createDriver(): Driver {
    return new PooledDriver(this.#open, this.#settings);
  }

  createQueryCompiler(): QueryCompiler {
    return new ServerQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}
