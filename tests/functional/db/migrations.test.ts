import { describe, expect, test } from 'vitest';
import { appliedRevisions, assertSchemaCurrent, upgrade } from '@neutrino/server/db/migrate';
import { migrations } from '@neutrino/server/db/migrations/registry';
import { openDatabase } from '@neutrino/server/db/open-database';
import { scratchDatabase } from './scratch-database.ts';

describe('migrations', () => {
  test('lead from an empty database to the head, and a second upgrade does nothing', async () => {
    await using scratch = await scratchDatabase({ migrated: false });
    await expect(assertSchemaCurrent(scratch.db)).rejects.toThrow('neutron-db-manage upgrade head');
    expect((await upgrade(scratch.db)).map(({ revision }) => revision)).toEqual(migrations.map(({ revision }) => revision));
    await assertSchemaCurrent(scratch.db);
    expect(await upgrade(scratch.db)).toEqual([]);
  });

  test('a server refuses a database that a newer program upgraded', async () => {
    await using scratch = await scratchDatabase();
    await scratch.db.insertInto('schema_migrations').values({ revision: '9999-future', applied_at: '2026-01-01 00:00:00' }).execute();
    await expect(assertSchemaCurrent(scratch.db)).rejects.toThrow('9999-future');
  });

  test('upgrades of two programs at once make each migration once', async () => {
    await using scratch = await scratchDatabase({ migrated: false });
    const other = await openDatabase(scratch.url, { info: () => undefined });
    await Promise.all([upgrade(scratch.db), upgrade(other.db)]);
    expect(await appliedRevisions(other.db)).toEqual(migrations.map(({ revision }) => revision));
    await other.dispose();
  });

  test('a migration that fails leaves nothing behind', async () => {
    await using scratch = await scratchDatabase({ migrated: false });
    await scratch.db.schema.createTable('tags').addColumn('x', 'integer').execute();
    await expect(upgrade(scratch.db)).rejects.toThrow('tags');
    const tables = await scratch.db.introspection.getTables();
    expect(tables.map(({ name }) => name).toSorted()).toEqual(['schema_migrations', 'tags']);
  });
});

describe('a database URL', () => {
  test('of an unknown engine is refused without showing its password', async () => {
    const opening = openDatabase('mysql+pymysql://neutron:s3cret@controller/neutron', { info: () => undefined });
    await expect(opening).rejects.toThrow(/sqlite; got mysql$/);
  });
});
