import { MysqlAdapter, MysqlIntrospector, sql, type Kysely } from 'kysely';
import type { BinaryAdapter } from '../../binary-adapter.ts';
import type { TogetherAdapter } from '../../together.ts';
import type { Grammar } from '../pool/pooled-dialect.ts';
import { MariadbQueryCompiler } from './mariadb-compiler.ts';

/** MariaDB 10.6 and newer, Galera clusters of it too. */
export const mariadbGrammar: Grammar = {
  createQueryCompiler: () => new MariadbQueryCompiler(),
  createAdapter: () => new MariadbAdapter(),
  createIntrospector: (db) => new MysqlIntrospector(db),
};

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
