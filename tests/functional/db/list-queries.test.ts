import { describe, expect, test } from 'vitest';
import type { Attribute } from '@neutrino/lib/api/attribute';
import { buildApi } from '@neutrino/lib/api/build-api';
import { extensions } from '@neutrino/lib/api/definitions/index';
import type { Json } from '@neutrino/lib/json';
import type { ListQuery } from '@neutrino/server/api/resource-handler';
import { inList } from '@neutrino/server/db/id-list';
import { transact } from '@neutrino/server/db/transact';
import { touch } from '@neutrino/server/plugins/ml2/standard-attributes';
import { admin, createOne, member, startMl2, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const api = buildApi(extensions);
const collections = ['networks', 'subnets', 'ports'] as const;
const all: ListQuery = { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false };

/** All drivers, so that every declared attribute is there. */
const everything = {
  extensionDrivers: ['port_security', 'data_plane_status', 'uplink_status_propagation', 'dns_domain_keywords'],
  vlanTransparent: true,
};

async function createSome({ core }: Ml2Server): Promise<void> {
  const network = await createOne(core.networks, admin, { project_id: 'p1', name: 'n', shared: true });
  await createOne(core.networks, admin, { project_id: 'p2', 'router:external': true });
  await createOne(core.subnets, admin, { network_id: network.id, project_id: 'p1', cidr: '10.0.0.0/24', ip_version: 4 });
  await createOne(core.ports, admin, { network_id: network.id, project_id: 'p1', device_id: 'd', device_owner: 'compute:nova' });
}

function names(collection: string, having: (attribute: Attribute) => boolean): readonly string[] {
  return Object.entries(api.resource(collection).attributes)
    .filter(([, attribute]) => having(attribute))
    .map(([name]) => name);
}

/** What an object shows, as a filter for it would give it. */
function filterFor(value: Json | undefined): Json {
  return Array.isArray(value) ? ((value[0] as Json | undefined) ?? '') : (value ?? '');
}

test('more objects than a statement has room for parameters are changed by one all the same', async () => {
  await using scratch = await scratchDatabase();
  const { core } = startMl2(scratch.db);
  const { id, revision_number: before } = await createOne(core.networks, admin, { project_id: 'p1', name: 'n' });
  const ids = Array.from({ length: 20_000 }, () => crypto.randomUUID());
  await transact(scratch.db, (tx) => touch(tx, 'networks', [...ids, String(id)]));
  await transact(scratch.db, async (tx) => void (await tx.deleteFrom('tags').where(inList('resource_id', ids)).execute()));
  expect((await core.networks.get(admin, String(id)))['revision_number']).toBe(Number(before) + 1);
});

describe.each(collections)('%s', (collection) => {
  test('are found by every attribute that the API lets clients filter by', async () => {
    await using scratch = await scratchDatabase();
    const server = startMl2(scratch.db, everything);
    await createSome(server);
    const [object] = await server.core[collection].list(admin, all);
    for (const name of names(collection, ({ isFilter }) => isFilter === true)) {
      const found = await server.core[collection].list(admin, { ...all, filters: { [name]: [filterFor(object?.[name])] } });
      const shown = object?.[name];
      if (shown !== undefined && shown !== null && !Array.isArray(shown)) expect([name, found.map(({ id }) => id)]).toEqual([name, expect.arrayContaining([String(object?.['id'])])]);
    }
  });

  test('are sorted by every sort key, and paged without loss', async () => {
    await using scratch = await scratchDatabase();
    const server = startMl2(scratch.db, everything);
    await createSome(server);
    const ids = new Set((await server.core[collection].list(admin, all)).map(({ id }) => id));
    for (const key of names(collection, ({ isSortKey }) => isSortKey === true)) {
      const query: ListQuery = { ...all, sorts: [{ key, direction: 'desc' }, { key: 'id', direction: 'asc' }], limit: 1 };
      const seen: Json[] = [];
      for (;;) {
        const marker = seen.at(-1);
        const [next] = await server.core[collection].list(admin, { ...query, ...(marker === undefined ? {} : { marker: String(marker) }) });
        if (next === undefined) break;
        seen.push(next['id'] ?? null);
      }
      expect([key, new Set(seen)]).toEqual([key, ids]);
    }
  });

  test('show every attribute that the API declares visible', async () => {
    await using scratch = await scratchDatabase();
    const server = startMl2(scratch.db, everything);
    await createSome(server);
    const [object] = await server.core[collection].list(member('p1'), all);
    const missing = names(collection, ({ isVisible }) => isVisible).filter((name) => object?.[name] === undefined && name !== 'segments');
    expect(missing).toEqual([]);
  });
});
