import type { JsonObject } from '@neutrino/lib/json';
import { listAll, type ResourceHandler } from '@neutrino/server/api/resource-handler';
import type { Db } from '@neutrino/server/db/types';
import type { L3Plugin } from '@neutrino/server/services/l3/create-l3-plugin';
import { describe, expect, test } from 'vitest';
import { countStatements } from '../../support/counted-statements.ts';
import { startL3 } from './l3-server.ts';
import { admin, createOne, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const action = (handler: ResourceHandler, name: string, id: string, body: JsonObject): Promise<unknown> => handler.actions?.[name]?.(admin, id, body) ?? Promise.reject(new Error(`there is no ${name}`));

/** Routers on a network outside, each with a network inside, a route, a tag, and a floating IP that leads to a port. */
async function addRouters(server: Ml2Server & L3Plugin, db: Db, outside: string, numbers: readonly number[]): Promise<void> {
  for (const number of numbers) {
    const network_id = (await createOne(server.core.networks, admin, { project_id: 'p' })).id;
    const { id: subnet_id } = await createOne(server.core.subnets, admin, { network_id, project_id: 'p', cidr: `10.${String(number >> 8)}.${String(number % 256)}.0/24`, ip_version: 4 });
    const router = await createOne(server.routers, admin, { project_id: 'p', name: `r${String(number)}`, external_gateway_info: { network_id: outside } });
    await action(server.routers, 'add_router_interface', router.id, { subnet_id });
    const port = await createOne(server.core.ports, admin, { network_id, project_id: 'p' });
    await createOne(server.floatingips, admin, { floating_network_id: outside, project_id: 'p', port_id: port.id });
    await db.insertInto('router_routes').values({ router_id: router.id, destination: '192.168.0.0/24', nexthop: '10.0.0.9' }).execute();
    await db.insertInto('tags').values({ collection: 'routers', resource_id: router.id, tag: 'red' }).execute();
  }
}

async function outsideNetwork({ core }: Ml2Server): Promise<string> {
  const { id } = await createOne(core.networks, admin, { project_id: 'p', 'router:external': true });
  await createOne(core.subnets, admin, { network_id: id, project_id: 'p', cidr: '198.18.0.0/16', ip_version: 4 });
  return id;
}

describe('what a request about routers asks of the database', () => {
  test('does not depend on how many routers and floating IPs there are', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = countStatements(scratch.db);
    // When what is remembered of agents is read again hangs on the clock, not on the request.
    const server = startL3(db, { rememberedMs: Infinity });
    const outside = await outsideNetwork(server);
    const costs = async (numbers: readonly number[]): Promise<JsonObject> => {
      await addRouters(server, db, outside, numbers);
      const network_id = (await createOne(server.core.networks, admin, { project_id: 'p' })).id;
      const { id: subnet_id } = await createOne(server.core.subnets, admin, { network_id, project_id: 'p', cidr: '172.16.0.0/24', ip_version: 4 });
      const port = await createOne(server.core.ports, admin, { network_id, project_id: 'p' });
      const first = await createOne(server.routers, admin, { project_id: 'p' });
      const floating = await createOne(server.floatingips, admin, { floating_network_id: outside, project_id: 'p' });
      const update = (handler: ResourceHandler, id: string, changes: JsonObject): Promise<number> => during(() => handler.update?.(admin, id, changes) ?? Promise.reject(new Error('no update')));
      return {
        routers: await during(() => server.routers.list(admin, listAll)),
        floatingips: await during(() => server.floatingips.list(admin, listAll)),
        'routers of agents': await during(async () => server.forAgents((await server.routers.list(admin, listAll)).map(({ id }) => String(id)), 'net-1')),
        'a router made': await during(() => createOne(server.routers, admin, { project_id: 'p' })),
        'an interface added': await during(() => action(server.routers, 'add_router_interface', first.id, { subnet_id })),
        // By name: drawn at random among those of others one is sometimes found at the second look only.
        'a gateway set': await update(server.routers, first.id, { external_gateway_info: { network_id: outside, external_fixed_ips: [{ ip_address: '198.18.200.1' }] } }),
        'a floating IP led to a port': await update(server.floatingips, floating.id, { port_id: port.id }),
        'and nowhere': await update(server.floatingips, floating.id, { port_id: null }),
        'a gateway added': await during(() => action(server.routers, 'add_external_gateways', first.id, { router: { external_gateways: [{ network_id: outside }] } })),
        'all gateways taken away': await during(() => action(server.routers, 'update_external_gateways', first.id, { router: { external_gateways: [] } })),
        'a gateway set again': await update(server.routers, first.id, { external_gateway_info: { network_id: outside } }),
        'the gateway taken away': await update(server.routers, first.id, { external_gateway_info: null }),
        'the interface removed': await during(() => action(server.routers, 'remove_router_interface', first.id, { subnet_id })),
        'the router deleted': await during(() => server.routers.delete?.(admin, first.id) ?? Promise.resolve()),
      };
    };
    const few = await costs([1]);
    expect(await costs(Array.from({ length: 20 }, (_, index) => index + 2))).toEqual(few);
    // Routers; and of them the ports, routes, zones, tags and helpers.
    expect(few['routers']).toBeLessThanOrEqual(6);
    expect(few['floatingips']).toBeLessThanOrEqual(3);
  });
});
