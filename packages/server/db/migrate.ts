import { CannotStart } from '@neutrino/runtime/cmd/cannot-start';
import { migrations } from './migrations/registry.ts';
import type { Migration } from './migrations/migration.ts';
import { databaseTime } from './database-time.ts';
import type { Db } from './types.ts';

/** Revisions made on this database, oldest first. */
export async function appliedRevisions(db: Db): Promise<readonly string[]> {
  const tables = await db.introspection.getTables();
  if (!tables.some((table) => table.name === 'schema_migrations')) return [];
  const rows = await db.selectFrom('schema_migrations').select('revision').orderBy('revision').execute();
  return rows.map((row) => row.revision);
}

/**
 * Makes the migrations still missing, up to and including `target` (a revision; all without it). Each is a
 * transaction of its own, so an interrupted upgrade continues where it stopped. Returns what was made.
 */
export async function upgrade(db: Db, target?: string): Promise<readonly Migration[]> {
  await db.schema
    .createTable('schema_migrations')
    .ifNotExists()
    .addColumn('revision', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('applied_at', 'varchar(19)', (column) => column.notNull())
    .execute();
  const made: Migration[] = [];
  for (const migration of migrations) {
    if (target !== undefined && migration.revision > target) break;
    if (await apply(db, migration)) made.push(migration);
  }
  return made;
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

/** False where another process has made it meanwhile. */
async function apply(db: Db, migration: Migration): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const done = await tx.selectFrom('schema_migrations').select('revision').where('revision', '=', migration.revision).execute();
    if (done.length > 0) return false;
    await migration.up(tx);
    await tx.insertInto('schema_migrations').values({ revision: migration.revision, applied_at: databaseTime() }).execute();
    return true;
  });
}
