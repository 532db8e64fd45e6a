import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isNeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { listAll } from '@neutrino/server/api/resource-handler';
import type { Db } from '@neutrino/server/db/types';
import { createTagService } from '@neutrino/server/services/tag/tag-service';
import { admin, createOne, member, reportLinuxBridgeAgent, startMl2, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

interface World {
  readonly server: Ml2Server;
  readonly db: Db;
  readonly network: string;
  readonly group: string;
  readonly ports: string[];
  readonly subnets: string[];
}

/** What can happen to the ports of a network; `n` chooses among ports and values. */
type Happening = (world: World, n: number) => Promise<unknown>;

const bodies: readonly ((world: World, n: number) => JsonObject)[] = [
  () => ({ name: 'plain' }),
  (_, n) => ({ name: `“${n}” ü 🂡 \\ "`, description: 'line\nbreak', device_id: `d${n}`, device_owner: 'compute:nova' }),
  (_, n) => ({ allowed_address_pairs: [{ ip_address: `10.9.0.${n + 1}` }, { ip_address: '10.8.0.0/16', mac_address: 'fa:16:3e:00:00:01' }] }),
  (_, n) => ({ extra_dhcp_opts: [{ opt_name: 'tftp-server', opt_value: '1' }, { opt_name: 'bootfile-name', opt_value: `${n}` }, { opt_name: 'server-ip-address', opt_value: '::1', ip_version: 6 }] }),
  ({ group }) => ({ security_groups: [group] }),
  () => ({ security_groups: [] }),
  () => ({ port_security_enabled: false, security_groups: [], allowed_address_pairs: [] }),
  () => ({ 'binding:host_id': 'host-1', 'binding:profile': { a: [1, { b: null }] } }),
  () => ({ 'binding:host_id': 'nowhere', 'binding:vnic_type': 'direct' }),
  () => ({ 'binding:host_id': '' }),
  () => ({ admin_state_up: false }),
  (_, n) => ({ fixed_ips: [{ ip_address: `10.0.0.${100 + n}` }] }),
  () => ({ fixed_ips: [] }),
  (_, n) => ({ mac_address: `fa:16:3e:ff:ff:0${n}` }),
];

const portOf = ({ ports }: World, n: number): string => ports[n % Math.max(ports.length, 1)] ?? 'none';
const tags = ({ db }: World): ReturnType<typeof createTagService> => createTagService({ db });

const happenings: Readonly<Record<string, Happening>> = {
  async create(world, n) {
    const body = bodies[n % bodies.length]?.(world, n % 10) ?? {};
    world.ports.push((await createOne(world.server.core.ports, admin, { network_id: world.network, project_id: 'p1', ...body })).id);
  },
  async createAsMember(world, n) {
    const bulk = Array.from({ length: 3 }, () => ({ network_id: world.network, project_id: 'p1', name: String(n) }));
    for (const { id } of (await world.server.core.ports.create?.(member('p1'), bulk)) ?? []) world.ports.push(String(id));
  },
  update: (world, n) => Promise.resolve(world.server.core.ports.update?.(admin, portOf(world, n), bodies[(n * 7) % bodies.length]?.(world, n % 10) ?? {})),
  rename: (world, n) => Promise.resolve(world.server.core.ports.update?.(member('p1'), portOf(world, n), { name: `${n}`, admin_state_up: n % 2 === 0 })),
  async delete(world, n) {
    await world.server.core.ports.delete?.(admin, portOf(world, n));
    world.ports.splice(n % world.ports.length, 1);
  },
  status: (world, n) => world.server.core.updatePortStatuses(admin, [portOf(world, n), portOf(world, n + 1)], n % 2 === 0 ? 'ACTIVE' : 'DOWN'),
  provisioned: (world, n) => world.server.provisioning.complete(portOf(world, n), 'L2'),
  rebind: (world, n) => world.server.core.rebindPort(admin, portOf(world, n)),
  tag: (world, n) => tags(world).add('ports', portOf(world, n), `t${n % 5}`),
  untag: (world, n) => tags(world).clear('ports', portOf(world, n)),
  agent: (world) => reportLinuxBridgeAgent(world.server.agents, 'nowhere'),
  async subnet({ server, network, subnets }, n) {
    const subnet = { network_id: network, project_id: 'p1', cidr: `fd00:${n}::/64`, ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };
    subnets.push((await createOne(server.core.subnets, admin, subnet)).id);
  },
  async noSubnet({ server, subnets }) {
    const last = subnets.pop();
    if (last !== undefined) await server.core.subnets.delete?.(admin, last);
  },
};

async function makeWorld(db: Db): Promise<World> {
  const server = startMl2(db);
  await reportLinuxBridgeAgent(server.agents, 'host-1');
  const network = (await createOne(server.core.networks, admin, { project_id: 'p1', name: 'n' })).id;
  await createOne(server.core.subnets, admin, { network_id: network, project_id: 'p1', cidr: '10.0.0.0/24', ip_version: 4 });
  const group = (await createOne(server.groups.groups, admin, { project_id: 'p1', name: 'g' })).id;
  return { server, db, network, group, ports: [], subnets: [] };
}

async function outdated(db: Db): Promise<number> {
  const rows = await db.selectFrom('ports').select(['view', 'view_revision', 'revision_number']).execute();
  return rows.filter((row) => row.view === null || Number(row.view_revision) !== Number(row.revision_number)).length;
}

async function forgetViews(db: Db): Promise<void> {
  await db.updateTable('ports').set({ view: null, view_revision: null, view_format: null }).execute();
}

describe('ports that are kept ready', () => {
  test('are what their tables say, whatever happened to them', async () => {
    const happening = fc.record({ what: fc.constantFrom(...Object.keys(happenings)), n: fc.nat({ max: 99 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { minLength: 8, maxLength: 40 }), async (story) => {
        await using scratch = await scratchDatabase();
        const world = await makeWorld(scratch.db);
        for (const { what, n } of story) {
          await happenings[what]?.(world, n).catch((error: unknown) => {
            // What is refused changes nothing.
            if (!isNeutronError(error)) throw error;
          });
        }
        const ready = await world.server.core.ports.list(admin, listAll);
        await forgetViews(scratch.db);
        expect(ready).toEqual(await world.server.core.ports.list(admin, listAll));
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test('stay ready after a create, an update, a report of their status', async () => {
    await using scratch = await scratchDatabase();
    const world = await makeWorld(scratch.db);
    const port = await createOne(world.server.core.ports, admin, { network_id: world.network, project_id: 'p1', 'binding:host_id': 'host-1' });
    expect(await outdated(scratch.db)).toBe(0);
    await world.server.core.ports.update?.(admin, port.id, { name: 'other' });
    await world.server.core.ports.update?.(admin, port.id, { fixed_ips: [] });
    expect(await outdated(scratch.db)).toBe(0);
    await world.server.provisioning.complete(port.id, 'L2');
    expect(await world.server.core.ports.get(admin, port.id)).toMatchObject({ name: 'other', status: 'ACTIVE' });
    expect(await outdated(scratch.db)).toBe(0);
  });

  test('are made ready by whoever reads them', async () => {
    await using scratch = await scratchDatabase();
    const world = await makeWorld(scratch.db);
    for (let n = 0; n < 3; n += 1) await happenings['createAsMember']?.(world, n);
    await forgetViews(scratch.db);
    expect(await world.server.core.ports.list(admin, listAll)).toHaveLength(9);
    await expect.poll(() => outdated(scratch.db)).toBe(0);
  });

  test('written by a server of another configuration are not believed', async () => {
    await using scratch = await scratchDatabase();
    const world = await makeWorld(scratch.db);
    const { id } = await createOne(world.server.core.ports, admin, { network_id: world.network, project_id: 'p1' });
    await scratch.db.updateTable('ports').set({ view: '{"id":"x"}' }).execute();
    const other = startMl2(scratch.db, { maxAllowedAddressPairs: 3 });
    expect(await other.core.ports.get(admin, id)).toMatchObject({ id, network_id: world.network });
  });
});
