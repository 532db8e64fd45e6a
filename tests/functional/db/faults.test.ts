import { describe, expect, test } from 'vitest';
import { CommitUncertain, ConnectionLost } from '@neutrino/server/db/errors';
import { transact } from '@neutrino/server/db/transact';
import type { Db, Tx } from '@neutrino/server/db/types';
import { engineUnderTest } from '../../support/engines.ts';
import { scratchDatabase } from './scratch-database.ts';

const engine = engineUnderTest();

async function setQuota(tx: Db | Tx, projectId: string): Promise<void> {
  await tx.updateTable('quotas').set((eb) => ({ quota_limit: eb('quota_limit', '+', 1) })).where('project_id', '=', projectId).execute();
}

describe('two transactions', () => {
  test('that lock the same rows in opposite order both come to their end', async () => {
    await using scratch = await scratchDatabase();
    await scratch.db.insertInto('quotas').values(['a', 'b'].map((project_id) => ({ project_id, resource: 'port', quota_limit: 0 }))).execute();
    let runs = 0;
    const bothHold = Promise.withResolvers<undefined>();
    const both = (first: string, second: string) =>
      transact(scratch.db, async (tx) => {
        await setQuota(tx, first);
        runs += 1;
        // Where rows are locked one by one, each has one now that the other needs. SQLite has one writer at a time.
        if (runs === 2 || engine.name === 'SQLite') bothHold.resolve(undefined);
        await bothHold.promise;
        await setQuota(tx, second);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect((await scratch.db.selectFrom('quotas').select('quota_limit').execute()).map(({ quota_limit }) => quota_limit)).toEqual([2, 2]);
    if (engine.name === 'SQLite') expect(runs).toBe(2);
    else expect(runs).toBeGreaterThan(2);
  });
});

describe('a lost connection', () => {
  /** A database whose connection breaks at the commit of its first transaction; `before` or after the server has carried it out. */
  function breaking(db: Db, when: 'before' | 'after'): Db {
    let isFirst = true;
    const transaction = (): ReturnType<Db['transaction']> => {
      const real = db.transaction();
      const execute = async <T>(fn: (tx: Tx) => Promise<T>): Promise<T> => {
        const result = await real.execute(async (tx) => {
          const value = await fn(tx);
          if (isFirst && when === 'before') {
            isFirst = false;
            throw new ConnectionLost(new Error('cut'));
          }
          return value;
        });
        if (!isFirst) return result;
        isFirst = false;
        throw new CommitUncertain(new Error('cut'));
      };
      return Object.assign(Object.create(real) as ReturnType<Db['transaction']>, { execute });
    };
    // What a class keeps private it finds on itself alone, so other methods run on the database itself.
    return new Proxy(db, {
      get(target, name) {
        const found: unknown = name === 'transaction' ? transaction : Reflect.get(target, name, target);
        return typeof found === 'function' ? found.bind(target) : found;
      },
    });
  }
  const insert = (tx: Tx) => tx.insertInto('quotas').values({ project_id: 'p', resource: 'port', quota_limit: 1 }).execute().then(() => 'p');

  test('before the commit makes the transaction run again', async () => {
    await using scratch = await scratchDatabase();
    expect(await transact(breaking(scratch.db, 'before'), insert)).toBe('p');
    expect(await scratch.db.selectFrom('quotas').selectAll().execute()).toHaveLength(1);
  });

  test('at the commit never makes it run again: what it made is looked for, or nobody knows', async () => {
    await using scratch = await scratchDatabase();
    const isThere = async (db: Db, projectId: string): Promise<boolean> => (await db.selectFrom('quotas').selectAll().where('project_id', '=', projectId).execute()).length > 0;
    expect(await transact(breaking(scratch.db, 'after'), insert, isThere)).toBe('p');
    await scratch.db.deleteFrom('quotas').execute();
    await expect(transact(breaking(scratch.db, 'after'), insert)).rejects.toThrow(CommitUncertain);
    expect(await scratch.db.selectFrom('quotas').selectAll().execute()).toHaveLength(1);
  });
});
