import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defaultDatabaseSettings } from '@neutrino/server/db/database-settings';
import { inList } from '@neutrino/server/db/id-list';
import { openDatabase } from '@neutrino/server/db/open-database';
import type { ListQuery, ResourceHandler } from '@neutrino/server/api/resource-handler';
import { createOne, member, startMl2, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const sizes = [1, 10, 2000] as const;
/** One project for each size: it lists what it has. */
const owner = (size: number) => member(`owner-of-${String(size)}`);
const everything: ListQuery = { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false };

const running = new AsyncDisposableStack();
let server: Ml2Server;
/** The texts of the statements run since it was emptied. */
const statements: string[] = [];

beforeAll(async () => {
  const { url, db } = running.use(await scratchDatabase());
  const log = { info: (line: string) => void (/^(?:select|insert|update|delete) /.test(line) && statements.push(line.replace(/ \([\d.]+ ms\)$/, ''))) };
  const watched = running.use(await openDatabase(url, log, { ...defaultDatabaseSettings, connectionDebug: 50 }));
  const setup = startMl2(db);
  for (const size of sizes) {
    const context = owner(size);
    const network = await createOne(setup.core.networks, context, { name: 'n' });
    const subnet = await createOne(setup.core.subnets, context, { network_id: network.id, cidr: '10.0.0.0/16', ip_version: 4 });
    const group = await createOne(setup.groups.groups, context, { name: 'g' });
    await createOne(setup.core.ports, context, { network_id: network.id });
    const copies = Array.from({ length: size - 1 }, () => crypto.randomUUID());
    // Objects as the plugin made them, many times over.
    for (let start = 0; start < copies.length; start += 250) {
      const ids = copies.slice(start, start + 250);
      await setup.core.ports.create?.(context, ids.map(() => ({ network_id: network.id })));
      const networkRow = await db.selectFrom('networks').selectAll().where('id', '=', network.id).executeTakeFirstOrThrow();
      await db.insertInto('networks').values(ids.map((id) => ({ ...networkRow, id }))).execute();
      const subnetRow = await db.selectFrom('subnets').selectAll().where('id', '=', subnet.id).executeTakeFirstOrThrow();
      await db.insertInto('subnets').values(ids.map((id) => ({ ...subnetRow, id, network_id: id }))).execute();
      const groupRow = await db.selectFrom('security_groups').selectAll().where('id', '=', group.id).executeTakeFirstOrThrow();
      await db.insertInto('security_groups').values(ids.map((id) => ({ ...groupRow, id }))).execute();
    }
  }
  server = startMl2(watched.db);
}, 120_000);
afterAll(async () => {
  await running.disposeAsync();
});

const lists: Readonly<Record<string, () => ResourceHandler>> = {
  networks: () => server.core.networks,
  subnets: () => server.core.subnets,
  ports: () => server.core.ports,
  'security groups': () => server.groups.groups,
};

describe.each(Object.keys(lists))('a list of %s', (name) => {
  test('costs the same statements, whether of 1, of 10 or of 2,000', async () => {
    const costs: (readonly string[])[] = [];
    for (const size of sizes) {
      const handler = lists[name]?.();
      // The first time what is not ready may be made ready.
      await handler?.list(owner(size), everything);
      statements.length = 0;
      const listed = await handler?.list(owner(size), everything);
      expect(listed?.length).toBeGreaterThanOrEqual(size);
      costs.push([...statements]);
    }
    const [one = [], ten = [], thousands = []] = costs;
    expect(one.length).toBeGreaterThan(0);
    expect(one.length).toBeLessThanOrEqual(12);
    expect(ten).toHaveLength(one.length);
    // With the same texts, so that they are prepared once.
    expect(thousands).toEqual(ten);
  });
});

test('a list of ids is one parameter, whatever stands in it', async () => {
  await using scratch = await scratchDatabase();
  const names = ['plain', "it's", 'a "quoted" \\ one', '{braces, and}', 'ünï', '日本', '😀', 'trailing ', ''];
  await scratch.db.insertInto('quotas').values(names.map((project_id) => ({ project_id, resource: 'port', quota_limit: 1 }))).execute();
  const found = async (ids: readonly string[]): Promise<readonly string[]> => {
    const rows = await scratch.db.selectFrom('quotas').select('project_id').where(inList('project_id', ids)).execute();
    return rows.map(({ project_id }) => project_id).toSorted();
  };
  expect(await found(names)).toEqual(names.toSorted());
  for (const name of names) expect([name, await found([name, 'nobody'])]).toEqual([name, [name]]);
  expect(await found(['PLAIN', 'Plain', 'trailing'])).toEqual([]);
  expect(await found([])).toEqual([]);
  expect(await found([...Array.from({ length: 70_000 }, (_, index) => `no${String(index)}`), 'plain'])).toEqual(['plain']);
  const { numDeletedRows } = await scratch.db.deleteFrom('quotas').where(inList('project_id', names.slice(0, 6))).executeTakeFirstOrThrow();
  expect(numDeletedRows).toBe(6n);
  expect(await found(names)).toEqual(names.slice(6).toSorted());
});
