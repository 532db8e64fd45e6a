import { afterAll, beforeAll, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentChange } from '@neutrino/server/change-log/agent-change';
import { forgetChanges } from '@neutrino/server/change-log/forget-changes';
import { numberChanges } from '@neutrino/server/change-log/number-changes';
import { changesBetween, newestRevision } from '@neutrino/server/change-log/read-changes';
import { recordChanges } from '@neutrino/server/change-log/record-changes';
import { openDatabase } from '@neutrino/server/db/open-database';
import { transact } from '@neutrino/server/db/transact';
import type { Db } from '@neutrino/server/db/types';
import { scratchDatabase } from './scratch-database.ts';

/** Two servers: each has connections of its own. */
let one: Db;
let other: Db;
const running = new AsyncDisposableStack();
beforeAll(async () => {
  const scratch = running.use(await scratchDatabase());
  one = scratch.db;
  other = running.use(await openDatabase(scratch.url, { info: () => undefined })).db;
});
afterAll(() => running.disposeAsync());

const host = 'compute-1';
const ofPort = (object: string): AgentChange => ({ kind: 'port', subject: host, object });
const objects = async (db: Db, since: number, until?: number): Promise<readonly string[] | undefined> =>
  (await changesBetween(db, { since, until: until ?? (await newestRevision(db)) }, { port: [host] }))?.map(({ object }) => object).toSorted();

test('a transaction that commits late is not stepped past by a reader', async () => {
  const since = await newestRevision(one);
  const gate = Promise.withResolvers<void>();
  const began = Promise.withResolvers<void>();
  const late = transact(one, async (tx) => {
    await recordChanges(tx, [ofPort('late')]);
    began.resolve();
    await gate.promise;
  });
  await began.promise;
  // With SQLite the second writer waits for the first; with the others it overtakes it.
  const early = transact(other, (tx) => recordChanges(tx, [ofPort('early')]));
  await Promise.race([early, sleep(200)]);
  const numbering = Promise.all([numberChanges(one), numberChanges(other)]);
  await Promise.race([numbering, sleep(200)]);
  const between = await newestRevision(other);
  const first = await objects(other, since, between);
  gate.resolve();
  await Promise.all([late, early, numbering]);
  await numberChanges(other);
  const rest = await objects(one, between);
  expect(first).not.toContain('late');
  expect([...(first ?? []), ...(rest ?? [])].toSorted()).toEqual(['early', 'late']);
  expect(await objects(one, since)).toEqual(['early', 'late']);
});

test('what two servers write and number at once every reader sees once, whenever it asks', async () => {
  const written: string[] = [];
  const seen: string[] = [];
  let since = await newestRevision(one);
  let writing = true;
  const write = async (db: Db, name: string): Promise<void> => {
    for (let index = 0; index < 40; index += 1) {
      const objects = [`${name}-${String(index)}`, ...(index % 5 === 0 ? [`${name}-${String(index)}-b`] : [])];
      await transact(db, async (tx) => {
        await recordChanges(tx, objects.map(ofPort));
        // Some commit long after others that began later.
        await sleep(Math.random() * 8);
      });
      written.push(...objects);
    }
  };
  const number = async (db: Db): Promise<void> => {
    while (writing) {
      await numberChanges(db);
      await sleep(1);
    }
  };
  const read = async (): Promise<void> => {
    const until = await newestRevision(other);
    seen.push(...((await objects(one, since, until)) ?? ['forgotten']));
    since = until;
  };
  const reading = (async () => {
    while (writing) {
      await read();
      await sleep(2);
    }
  })();
  const numbering = [number(one), number(other)];
  await Promise.all([write(one, 'a'), write(one, 'b'), write(other, 'c'), write(other, 'd')]);
  writing = false;
  await Promise.all([...numbering, reading]);
  await numberChanges(one);
  await read();
  expect(seen.toSorted()).toEqual(written.toSorted());
});

test('a change that is repeated is told once, under its last number; one that was rolled back never', async () => {
  const since = await newestRevision(one);
  await expect(
    transact(one, async (tx) => {
      await recordChanges(tx, [ofPort('undone')]);
      throw new Error('changed my mind');
    }),
  ).rejects.toThrow('changed my mind');
  expect(await numberChanges(one)).toBeUndefined();
  for (const object of ['x', 'y', 'x']) {
    await transact(one, (tx) => recordChanges(tx, [ofPort(object), ofPort(object)]));
    await numberChanges(one);
  }
  const found = await changesBetween(one, { since, until: since + 3 }, { port: [host], rules: ['nothing'] });
  expect(found?.map(({ object, revision }) => [object, revision - since]).toSorted()).toEqual([['x', 3], ['y', 2]]);
  expect(await changesBetween(one, { since, until: since + 3 }, { port: ['elsewhere'] })).toEqual([]);
});

test('what is older than the log is said to be so, and so is a revision that never was', async () => {
  const since = await newestRevision(one);
  for (const object of ['old', 'new']) {
    await transact(one, (tx) => recordChanges(tx, [ofPort(object)]));
    await numberChanges(one);
  }
  expect(await forgetChanges(one, { hours: 1, rows: 1_000_000 })).toBe(0);
  expect(await forgetChanges(one, { hours: 1, rows: 1 })).toBeGreaterThan(0);
  expect(await objects(other, since)).toBeUndefined();
  expect(await objects(other, since + 1)).toEqual(['new']);
  await one.updateTable('agent_changes').set({ recorded_at: '2020-01-01 00:00:00' }).execute();
  expect(await forgetChanges(other, { hours: 1, rows: 1_000_000 })).toBe(1);
  expect(await objects(one, since + 1)).toBeUndefined();
  expect(await objects(one, since + 2)).toEqual([]);
  expect(await objects(one, since + 500)).toBeUndefined();
});

test('an instance that is prepared on another host concerns that host too', async () => {
  const network = crypto.randomUUID();
  const port = crypto.randomUUID();
  await transact(one, async (tx) => {
    const times = { description: '', revision_number: 1, created_at: '2020-01-01 00:00:00', updated_at: '2020-01-01 00:00:00' };
    await tx.insertInto('networks').values({ id: network, project_id: 'p', name: 'n', admin_state_up: 1, status: 'ACTIVE', mtu: 1500, port_security_enabled: 1, availability_zone_hints: '[]', is_default: 0, ...times }).execute();
    await tx.insertInto('ports').values({ id: port, project_id: 'p', network_id: network, name: '', mac_address: 'fa:16:3e:00:00:01', admin_state_up: 1, status: 'DOWN', device_id: '', device_owner: '', port_security_enabled: 1, ...times }).execute();
    for (const [at, status] of [['compute-1', 'ACTIVE'], ['compute-2', 'INACTIVE']] as const) {
      await tx.insertInto('port_bindings').values({ port_id: port, host: at, vif_type: 'unbound', vif_details: '{}', vnic_type: 'normal', profile: '{}', status, segment_id: null }).execute();
    }
    await recordChanges(tx, [{ kind: 'port', subject: 'compute-1', object: port }]);
  });
  const numbered = await numberChanges(one);
  expect(numbered?.changes.map(({ subject }) => subject).toSorted()).toEqual(['compute-1', 'compute-2']);
});
