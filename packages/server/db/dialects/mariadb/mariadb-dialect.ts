import { MysqlAdapter, MysqlIntrospector, sql, type DatabaseIntrospector, type Dialect, type DialectAdapter, type Driver, type Kysely, type QueryCompiler } from 'kysely';
import type { DatabaseSettings } from '../../database-settings.ts';
import type { BinaryAdapter } from '../../binary-adapter.ts';
import type { TogetherAdapter } from '../../together.ts';
import type { OpenClient } from '../pool/engine-client.ts';
import { PooledDriver } from '../pool/pooled-driver.ts';
import { MariadbQueryCompiler } from './mariadb-compiler.ts';

/** MariaDB 10.6 and newer, Galera clusters of it too. */
export class MariadbDialect implements Dialect {
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
    return new MariadbQueryCompiler();
  }

  createAdapter(): DialectAdapter {
    return new MariadbAdapter();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new MysqlIntrospector(db);
  }
}

class MariadbAdapter extends MysqlAdapter implements BinaryAdapter, TogetherAdapter {
  readonly readsBinary = true;
  readonly sendsTogether = true;

  /** One upgrade of a database at a time; the server frees the lock of a program that was killed. */
  override async acquireMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select get_lock(concat('neutrino ', left(database(), 50)), 3600)`.execute(db);
  }

  override async releaseMigrationLock(db: Kysely<unknown>): Promise<void> {
    await sql`select release_lock(concat('neutrino ', left(database(), 50)))`.execute(db);
  }
}
