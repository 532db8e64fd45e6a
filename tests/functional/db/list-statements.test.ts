import type { ResourceHandler } from '@neutrino/server/api/resource-handler';
import type { Db } from '@neutrino/server/db/types';
import { createAvailabilityHandler } from '@neutrino/server/services/network-ip-availability/availability-handler';
import { describe, expect, test } from 'vitest';
import { admin, createOne, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

/** The lists of these, by the sort key that tells their objects apart. */
const lists: Readonly<Record<string, { readonly key: string; handler(db: Db): ResourceHandler }>> = {
  networks: { key: 'id', handler: (db) => startMl2(db).core.networks },
  subnets: { key: 'id', handler: (db) => startMl2(db).core.subnets },
  'subnet pools': { key: 'id', handler: (db) => startMl2(db).core.subnetpools },
  'address scopes': { key: 'id', handler: (db) => startMl2(db).core.addressScopes },
  'availabilities of addresses': { key: 'network_id', handler: (db) => createAvailabilityHandler({ db }) },
};

/** The same database, with the statements counted that go through it. */
function counting(db: Db): { readonly db: Db; statements(): number } {
  let count = 0;
  const counter: Parameters<Db['withPlugin']>[0] = {
    transformQuery: ({ node }) => {
      count += 1;
      return node;
    },
    transformResult: async ({ result }) => result,
  };
  return { db: db.withPlugin(counter), statements: () => count };
}

async function createSome(db: Db, from: number, to: number): Promise<void> {
  const { core } = startMl2(db);
  for (let part = from; part < to; part += 1) {
    const scope = await createOne(core.addressScopes, admin, { ip_version: 4 });
    const pool = await createOne(core.subnetpools, admin, { name: 'p', prefixes: [`10.${part}.0.0/16`], min_prefixlen: 24, address_scope_id: scope.id, shared: true });
    const network = await createOne(core.networks, admin, {});
    await createOne(core.subnets, admin, { network_id: network.id, ip_version: 4, subnetpool_id: pool.id });
    await createOne(core.ports, admin, { network_id: network.id });
  }
}

describe.each(Object.entries(lists))('a list of %s', (_what, { key, handler }) => {
  test('takes as many statements for twelve as for two', async () => {
    await using scratch = await scratchDatabase();
    const cost = async (): Promise<readonly [number, number]> => {
      const counted = counting(scratch.db);
      const listed = await handler(counted.db).list(admin, { filters: {}, sorts: [{ key, direction: 'asc' }], pageReverse: false });
      return [listed.length, counted.statements()];
    };
    await createSome(scratch.db, 0, 2);
    const [few, statements] = await cost();
    await createSome(scratch.db, 2, 12);
    expect([few, await cost()]).toEqual([2, [12, statements]]);
    expect(statements).toBeLessThanOrEqual(7);
  });
});
