import { describe, expect, test } from 'vitest';
import { listAll } from '@neutrino/server/api/resource-handler';
import { countStatements } from '../../support/counted-statements.ts';
import { admin, createOne, member, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const all = { ...listAll, limit: 1000 };

describe('what a request about ports asks of the database', () => {
  test('does not depend on how many ports there are or are made', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = countStatements(scratch.db);
    const { core } = startMl2(db, {}, { rememberedMs: Infinity });
    const network_id = (await createOne(core.networks, admin, { project_id: 'p1' })).id;
    await createOne(core.subnets, admin, { network_id, project_id: 'p1', cidr: '10.0.0.0/16', ip_version: 4 });
    const body = { network_id, project_id: 'p1' };
    const first = (await createOne(core.ports, admin, body)).id;

    expect(await during(() => core.ports.list(admin, all))).toBe(1);
    // What is read at once, the free addresses, the inserts.
    expect(await during(async () => core.ports.create?.(admin, [body]))).toBe(3);
    expect(await during(async () => core.ports.create?.(admin, Array.from({ length: 100 }, () => body)))).toBeLessThanOrEqual(4);
    expect(await core.ports.list(admin, all)).toHaveLength(102);
    expect(await during(() => core.ports.list(admin, all))).toBe(1);
    expect(await during(() => core.ports.list(member('p1'), all))).toBe(1);
    expect(await during(() => core.ports.get(admin, first))).toBe(1);
    expect(await during(async () => core.ports.update?.(admin, first, { name: 'other' }))).toBe(2);
    expect(await during(async () => core.ports.delete?.(admin, first))).toBe(2);
  });

  test('is the same for a list of networks or subnets, however long', async () => {
    await using scratch = await scratchDatabase();
    const { db, during } = countStatements(scratch.db);
    const { core } = startMl2(db, {}, { rememberedMs: Infinity });
    const make = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const network_id = (await createOne(core.networks, admin, { project_id: 'p1' })).id;
        await createOne(core.subnets, admin, { network_id, project_id: 'p1', cidr: '10.0.0.0/24', ip_version: 4 });
      }
    };
    await make(2);
    const few = [await during(() => core.networks.list(member('p1'), all)), await during(() => core.subnets.list(member('p1'), all))];
    await make(20);
    expect([await during(() => core.networks.list(member('p1'), all)), await during(() => core.subnets.list(member('p1'), all))]).toEqual(few);
  });

  test('creates ports that many callers ask for at once, each with an address of its own', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network_id = (await createOne(core.networks, admin, { project_id: 'p1' })).id;
    await createOne(core.subnets, admin, { network_id, project_id: 'p1', cidr: '10.0.0.0/25', ip_version: 4 });
    const made = await Promise.all(Array.from({ length: 120 }, () => createOne(core.ports, admin, { network_id, project_id: 'p1' })));
    expect(new Set(made.map((port) => JSON.stringify(port['fixed_ips']))).size).toBe(120);
  });
});
