import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { migrations } from './migrations/registry.ts';
import type { Migration } from './migrations/migration.ts';
import { databaseTime } from './database-time.ts';
import type { Db } from './types.ts';

/** Stands for the time at which a migration was made while it is being made, where that is not one transaction. */
const BEGUN = '';

/** Revisions made on this database, oldest first. */
export async function appliedRevisions(db: Db): Promise<readonly string[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === 'schema_migrations')) return [];
  const rows = await db.selectFrom('schema_migrations').select('revision').where('applied_at', '!=', BEGUN).orderBy('revision').execute();
  return rows.map((row) => row.revision);
}

/**
 * Makes the migrations still missing, up to and including `target` (a revision; all without it), one upgrade of
 * a database at a time. An interrupted upgrade is continued by the next: a migration is one transaction or, where
 * the engine commits each change of a table at once, a sequence of steps that may be taken twice. Returns what was
 * made. Throws CannotStart where the database is somebody else's.
 */
export async function upgrade(db: Db, target?: string): Promise<readonly Migration[]> {
  return db.connection().execute(async (session) => {
    const { adapter } = session.getExecutor();
    await adapter.acquireMigrationLock(session, migrationLock);
    try {
      await prepare(session);
      const made: Migration[] = [];
      for (const migration of migrations) {
        if (target !== undefined && migration.revision > target) break;
        if (await apply(session, migration, adapter.supportsTransactionalDdl === true)) made.push(migration);
      }
      return made;
    } finally {
      await adapter.releaseMigrationLock(session, migrationLock);
    }
  });
}

/** Throws CannotStart, which tells the operator what to do where the schema is older or newer than this program. */
export async function assertSchemaCurrent(db: Db): Promise<void> {
  const applied = new Set(await appliedRevisions(db));
  const missing = migrations.filter((migration) => !applied.has(migration.revision));
  if (missing.length > 0) {
    const head = migrations.at(-1)?.revision ?? '';
    throw new CannotStart(
      `the database schema is out of date: ${String(missing.length)} of ${String(migrations.length)} migrations are missing (head is ${head}); run "neutron-db-manage upgrade head"`,
    );
  }
  const known = new Set(migrations.map((migration) => migration.revision));
  const unknown = [...applied].filter((revision) => !known.has(revision));
  if (unknown.length > 0) {
    throw new Error(`the database schema is newer than this program: it does not know ${unknown.join(', ')}`);
  }
}

/** What Kysely's adapters ask for and ours do not use. */
const migrationLock = { lockTable: 'schema_migrations', lockRowId: 'migration' };

/** A database that other programs filled is left alone: their tables may have the names of ours. */
async function prepare(db: Db): Promise<void> {
  const tables = (await db.introspection.getTables()).map(({ name }) => name);
  const ours = tables.includes('schema_migrations') && (await db.selectFrom('schema_migrations').select('revision').limit(1).execute()).length > 0;
  const foreign = tables.filter((name) => name !== 'schema_migrations');
  if (!ours && foreign.length > 0) {
    throw new CannotStart(`the database is not empty: it holds ${foreign.slice(0, 5).join(', ')}${foreign.length > 5 ? ' …' : ''}; an empty one is needed`);
  }
  await db.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('revision', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('applied_at', 'varchar(19)', (column) => column.notNull())
    .execute();
}

/** False where it has been made before. */
async function apply(db: Db, { revision, up }: Migration, isTransaction: boolean): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const row = await tx.selectFrom('schema_migrations').select('applied_at').where('revision', '=', revision).executeTakeFirst();
    if (row !== undefined && row.applied_at !== BEGUN) return false;
    if (row === undefined && !isTransaction) await tx.insertInto('schema_migrations').values({ revision, applied_at: BEGUN }).execute();
    await up(tx);
    await tx.deleteFrom('schema_migrations').where('revision', '=', revision).execute();
    await tx.insertInto('schema_migrations').values({ revision, applied_at: databaseTime() }).execute();
    return true;
  });
}
