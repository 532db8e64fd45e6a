import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDatabase } from '@neutrino/server/db/open-database';
import { createOne, fixedIpsOf, member, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const project = member('p1');
const program = fileURLToPath(new URL('create-ports-forever.ts', import.meta.url));

/** Runs the program until it has acknowledged `count` ports, then kills it without warning. Returns their ids. */
async function killAfter(count: number, url: string, networkId: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, ['--conditions=neutrino-source', program, url, networkId], { stdio: ['ignore', 'pipe', 'inherit'] });
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(line);
    if (acknowledged.length === count) child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return acknowledged;
}

test('a server killed while it creates ports has lost none that it acknowledged, and no address is given twice', async () => {
  await using scratch = await scratchDatabase();
  const { core } = startMl2(scratch.db);
  const network = await createOne(core.networks, project, {});
  await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/20', ip_version: 4 });
  const acknowledged: string[] = [];
  for (const count of [3, 60, 137]) acknowledged.push(...(await killAfter(count, scratch.url, network.id)));
  expect(acknowledged.length).toBeGreaterThanOrEqual(200);

  const ports = await core.ports.list(project, { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false });
  const byId = new Map(ports.map((port) => [port['id'], port]));
  expect(acknowledged.filter((id) => !byId.has(id))).toEqual([]);
  const addresses = ports.flatMap(fixedIpsOf).map(({ ip_address }) => ip_address);
  expect(addresses).toHaveLength(ports.length);
  expect(new Set(addresses).size).toBe(addresses.length);
  // What was in flight is there whole or not at all.
  for (const port of ports) expect(port['security_groups']).toHaveLength(1);
}, 120_000);

test('two servers on one database give no address, segment or default group twice', async () => {
  await using scratch = await scratchDatabase();
  const second = await openDatabase(scratch.url, { info: () => undefined });
  const servers = [startMl2(scratch.db), startMl2(second.db)] as const;
  const [one] = servers;
  const network = await createOne(one.core.networks, project, {});
  await createOne(one.core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/25', ip_version: 4 });
  const ports = await Promise.all(
    Array.from({ length: 120 }, (_, index) => createOne(servers[index % 2 === 0 ? 0 : 1].core.ports, project, { network_id: network.id })),
  );
  expect(new Set(ports.flatMap(fixedIpsOf).map(({ ip_address }) => ip_address)).size).toBe(120);
  expect(await scratch.db.selectFrom('security_groups').select('id').execute()).toHaveLength(1);
  const networks = await Promise.all(Array.from({ length: 20 }, (_, index) => createOne(servers[index % 2 === 0 ? 0 : 1].core.networks, project, {})));
  expect(new Set(networks.map((created) => created['provider:segmentation_id'])).size).toBe(20);
  await second.dispose();
});
