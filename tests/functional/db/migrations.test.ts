import { describe, expect, test } from 'vitest';
import { appliedRevisions, assertSchemaCurrent, upgrade } from '@neutrino/server/db/migrate';
import { manageDatabase } from '@neutrino/server/db/manage-database';
import { migrations } from '@neutrino/server/db/migrations/registry';
import { openDatabase } from '@neutrino/server/db/open-database';
import { engineUnderTest } from '../../support/engines.ts';
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

  test('leave a database alone that other programs filled', async () => {
    await using scratch = await scratchDatabase({ migrated: false });
    await scratch.db.schema.createTable('tags').addColumn('x', 'integer').execute();
    await expect(upgrade(scratch.db)).rejects.toThrow('the database is not empty: it holds tags');
    const tables = await scratch.db.introspection.getTables();
    expect(tables.map(({ name }) => name)).toEqual(['tags']);
  });

  test('that were interrupted are continued by the next upgrade', async () => {
    await using scratch = await scratchDatabase();
    // MariaDB cannot take changes of tables back; there this is what a killed upgrade leaves.
    if (engineUnderTest().name === 'MariaDB') {
      await scratch.db.schema.dropTable('tags').execute();
      await scratch.db.updateTable('schema_migrations').set({ applied_at: '' }).where('revision', '=', '0001-initial').execute();
      await expect(assertSchemaCurrent(scratch.db)).rejects.toThrow('out of date');
      expect((await upgrade(scratch.db)).map(({ revision }) => revision)).toEqual(['0001-initial']);
    } else {
      const failing = scratch.db.transaction().execute(async (tx) => {
        await tx.schema.createTable('half').addColumn('x', 'integer').execute();
        throw new Error('killed');
      });
      await expect(failing).rejects.toThrow('killed');
      expect((await scratch.db.introspection.getTables()).map(({ name }) => name)).not.toContain('half');
    }
    await assertSchemaCurrent(scratch.db);
    expect(await scratch.db.selectFrom('tags').selectAll().execute()).toEqual([]);
  });
});

describe('neutron-db-manage', () => {
  test('says where the database is, leads it on, and refuses what it does not know', async () => {
    await using scratch = await scratchDatabase({ migrated: false });
    const head = migrations.at(-1)?.revision ?? '';
    expect(await manageDatabase(scratch.db, 'current')).toEqual(['The database is empty.']);
    await expect(manageDatabase(scratch.db, 'check_migration')).rejects.toThrow('out of date');
    expect(await manageDatabase(scratch.db, 'upgrade', '+1')).toHaveLength(1);
    expect(await manageDatabase(scratch.db, 'upgrade', 'heads')).toHaveLength(Math.max(1, migrations.length - 1));
    expect(await manageDatabase(scratch.db, 'current')).toEqual([`${head} (head)`]);
    expect(await manageDatabase(scratch.db, 'history')).toHaveLength(migrations.length);
    for (const wrong of ['9999', '-1', '+0']) await expect(manageDatabase(scratch.db, 'upgrade', wrong)).rejects.toThrow('no such revision');
    expect(await manageDatabase(scratch.db, 'heads')).toEqual([head]);
    await expect(manageDatabase(scratch.db, 'downgrade', 'base')).rejects.toThrow('no longer supported');
    await expect(manageDatabase(scratch.db, 'stamp', 'head')).rejects.toThrow('no such command');
  });
});

describe('a database URL', () => {
  test('of a database in memory gives one that reads wait in for a writer', async () => {
    const { db, dispose } = await openDatabase('sqlite://', { info: () => undefined });
    await upgrade(db);
    const writing = db.transaction().execute(async (tx) => {
      await tx.insertInto('quotas').values({ project_id: 'p', resource: 'port', quota_limit: 1 }).execute();
      throw new Error('no');
    });
    const read = db.selectFrom('quotas').selectAll().execute();
    await expect(writing).rejects.toThrow('no');
    expect(await read).toEqual([]);
    await dispose();
  });

  test('of an unknown engine is refused without showing its password', async () => {
    const opening = openDatabase('oracle://neutron:s3cret@controller/neutron', { info: () => undefined });
    await expect(opening).rejects.toThrow(/sqlite; got oracle$/);
  });
});
