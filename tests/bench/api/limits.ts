import { performance } from 'node:perf_hooks';
import type { JsonObject } from '@neutrino/lib/json';
import { openDatabase } from '@neutrino/server/db/open-database';
import { percentile } from './measure.ts';
import { json, makeNetwork } from './port-phases.ts';
import { RawClient } from './raw-client.ts';
import type { Target } from './measure.ts';

export interface Limits {
  /** Milliseconds, medians. */
  readonly create: number;
  readonly bareTransaction: number;
  readonly list: number;
  readonly stringify: number;
}

const TRIES = 300;

/**
 * How far the server is from what cannot be faster: a create against a transaction with the same inserts and nothing else, one
 * statement after the other as any driver sends them; a list of all ports against JSON.stringify of its result.
 */
export async function measureLimits(target: Target, connection: string): Promise<Limits> {
  using client = new RawClient(target.url, target.headers);
  const { network } = await makeNetwork(client);
  const creates = async (): Promise<number> => timed(async () => void (await json(client, 'POST', '/v2.0/ports', { port: { network_id: network } })));
  const bare = await bareTransaction(connection, network);
  const [createTimes, bareTimes]: [number[], number[]] = [[], []];
  // In turns: the machine's disk is not equally fast at all times.
  for (let round = 0; round < TRIES; round += 1) {
    createTimes.push(await creates());
    bareTimes.push(await timed(bare.once));
  }
  await bare.dispose();
  const listTimes: number[] = [];
  const stringifyTimes: number[] = [];
  for (let round = 0; round < 10; round += 1) {
    let answer: JsonObject = {};
    const started = performance.now();
    const { body } = await client.send('GET', '/v2.0/ports');
    listTimes.push(performance.now() - started);
    answer = JSON.parse(body.toString()) as JsonObject;
    stringifyTimes.push(await timed(async () => void JSON.stringify(answer)));
  }
  const median = (times: number[]): number => percentile(times.toSorted((a, b) => a - b), 0.5);
  return { create: median(createTimes), bareTransaction: median(bareTimes), list: median(listTimes), stringify: median(stringifyTimes) };
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Inserts what a port of that network is made of, as the newest one has it, with other ids and addresses. */
async function bareTransaction(connection: string, network: string): Promise<{ once(): Promise<void>; dispose(): Promise<void> }> {
  const { db, dispose } = await openDatabase(connection, { info: () => undefined });
  const subnet = await db.selectFrom('subnets').select('id').where('network_id', '=', network).executeTakeFirstOrThrow();
  const port = await db.selectFrom('ports').selectAll().where('view', 'is not', null).limit(1).executeTakeFirstOrThrow();
  const binding = await db.selectFrom('port_bindings').selectAll().where('port_id', '=', port.id).executeTakeFirstOrThrow();
  const group = await db.selectFrom('security_group_port_bindings').selectAll().where('port_id', '=', port.id).executeTakeFirstOrThrow();
  let count = 0;
  return {
    dispose,
    async once() {
      count += 1;
      const id = crypto.randomUUID();
      const key = (0x0a_00_f0_00 + count).toString(16).padStart(8, '0');
      const mac = `fa:16:3d:00:${(count >> 8).toString(16).padStart(2, '0')}:${(count & 255).toString(16).padStart(2, '0')}`;
      await db.transaction().execute(async (tx) => {
        await tx.insertInto('ports').values({ ...port, id, network_id: network, mac_address: mac }).execute();
        await tx.insertInto('port_bindings').values({ ...binding, port_id: id }).execute();
        const address = { port_id: id, subnet_id: subnet.id, network_id: network, ip_address: `10.0.${240 + (count >> 8)}.${count & 255}`, ip_key: key, position: 0 };
        await tx.insertInto('ip_allocations').values(address).execute();
        await tx.insertInto('security_group_port_bindings').values({ ...group, port_id: id }).execute();
      });
    },
  };
}
