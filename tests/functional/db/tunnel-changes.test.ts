import { parseChanges } from '@neutrino/server/change-log/agent-change';
import { numberChanges } from '@neutrino/server/change-log/number-changes';
import type { Db } from '@neutrino/server/db/types';
import { defaultMl2Settings } from '@neutrino/server/plugins/ml2/settings';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countStatements } from '../../support/counted-statements.ts';
import { admin, createOne, reportLinuxBridgeAgent, startMl2, type Ml2Server } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const running = new AsyncDisposableStack();
let db: Db;
let during: (work: () => Promise<unknown>) => Promise<number>;
let plain: Ml2Server;
let populating: Ml2Server;
let network: string;
beforeAll(async () => {
  const scratch = running.use(await scratchDatabase());
  ({ db, during } = countStatements(scratch.db));
  plain = startMl2(db);
  populating = startMl2(db, { mechanismDrivers: [...defaultMl2Settings.mechanismDrivers, 'l2population'] });
  await reportLinuxBridgeAgent(plain.agents, 'compute-1', { tunneling_ip: '192.0.2.1' });
  network = (await createOne(plain.core.networks, admin, { name: 'n' })).id;
  await createOne(plain.core.subnets, admin, { network_id: network, cidr: '10.0.0.0/16', ip_version: 4 });
});
afterAll(() => running.disposeAsync());

/** Networks that what was done left to be told as changed behind their tunnels. */
async function named(): Promise<readonly string[]> {
  const rows = await db.selectFrom('agent_change_outbox').select('changes').execute();
  return [...new Set(rows.flatMap(({ changes }) => parseChanges(changes)).flatMap(({ kind, subject }) => (kind === 'tunnels' ? [subject] : [])))];
}

const kindsInLog = async (): Promise<readonly string[]> => (await db.selectFrom('agent_changes').select('kind').distinct().orderBy('kind').execute()).map(({ kind }) => kind);

test('what is behind tunnels is written down where agents are told of it, and a status costs no other round trip for that', async () => {
  const costs: Record<string, readonly number[]> = {};
  for (const [name, server] of Object.entries({ plain, populating })) {
    await numberChanges(db);
    const create = (): Promise<{ readonly id: string }> => createOne(server.core.ports, admin, { network_id: network, device_owner: 'compute:nova', 'binding:host_id': 'compute-1' });
    // The first time what is seldom read may be.
    const ids = [(await create()).id];
    const creating = await during(async () => ids.push((await create()).id));
    expect(await named()).toEqual([]);
    const status = (to: 'BUILD' | 'ACTIVE' | 'DOWN'): Promise<number> => during(() => server.core.updatePortStatuses(admin, ids, to, { host: 'compute-1' }));
    const building = await status('BUILD');
    expect(await named()).toEqual(server === populating ? [network] : []);
    await numberChanges(db);
    await status('ACTIVE');
    expect(await named()).toEqual([]);
    const leaving = await status('DOWN');
    expect(await named()).toEqual(server === populating ? [network] : []);
    costs[name] = [creating, building, leaving];
  }
  expect(costs['populating']).toEqual(costs['plain']);
});

test('what is named is given a number where agents are told, and is dropped where they are not', async () => {
  const port = await createOne(populating.core.ports, admin, { network_id: network, device_owner: 'compute:nova', 'binding:host_id': 'compute-1' });
  await populating.core.updatePortStatuses(admin, [port.id], 'BUILD', { host: 'compute-1' });
  await numberChanges(db);
  expect(await kindsInLog()).not.toContain('tunnels');
  // The host's end of tunnels moves, and with it what is behind it.
  await reportLinuxBridgeAgent(populating.agents, 'compute-1', { tunneling_ip: '192.0.2.2' });
  const numbered = await numberChanges(db, { populatesTunnels: true });
  expect(numbered?.changes).toEqual([{ kind: 'tunnels', subject: network, object: '' }]);
  expect(await kindsInLog()).not.toContain('end');
});
