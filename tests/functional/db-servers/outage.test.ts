import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '@neutrino/lib/json';
import { openDatabase } from '@neutrino/server/db/open-database';
import { untilAnswers } from '@neutrino/server/db/until-answers';
import { engineUnderTest, type Engine } from '../../support/engines.ts';
import { freePort } from '../../support/free-port.ts';
import { startMariadb } from '../../support/mariadb.ts';
import { networkServer, type Caller } from '../../support/network-server.ts';
import { startPostgres } from '../../support/postgres.ts';
import { fixedIpsOf } from '../db/ml2-server.ts';

const engine = engineUnderTest();
const startOwn = engine.name === 'MariaDB' ? startMariadb : startPostgres;
const quiet = { info: () => undefined };
const member: Caller = { project: 'p', roles: 'member' };

describe('a database server', () => {
  test('that is killed under load and started again: 503 meanwhile, nothing acknowledged is lost, all goes on', async () => {
    await using database = await startOwn();
    await database.create('neutron');
    const own: Engine = { ...engine, emptyDatabase: async () => ({ url: database.url('neutron'), [Symbol.asyncDispose]: async () => undefined }) };
    await using server = await networkServer('[quotas]\nquota_port = -1\n', { engine: own });
    const network = await server.create(member, '/v2.0/networks', { network: {} });
    await server.create(member, '/v2.0/subnets', { subnet: { network_id: String(network['id']), ip_version: 4, cidr: '10.0.0.0/20' } });

    const acknowledged: string[] = [];
    const refused: number[] = [];
    let goesOn = true;
    const work = async (): Promise<void> => {
      while (goesOn) {
        const { status, body } = await server.request(member, 'POST', '/v2.0/ports', { port: { network_id: String(network['id']) } });
        if (status === 201) acknowledged.push(String((body['port'] as JsonObject)['id']));
        else {
          refused.push(status);
          await sleep(20);
        }
      }
    };
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await sleep(10);
    };
    const workers = Array.from({ length: 6 }, work);
    await until(() => acknowledged.length >= 20);
    await database.kill();
    await until(() => refused.length >= 6);
    const away = await server.request(member, 'GET', '/v2.0/networks');
    expect(away.status).toBe(503);
    expect(away.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(away.body['NeutronError']).toMatchObject({ type: 'ServiceUnavailable' });
    await database.start();
    const before = acknowledged.length;
    await until(() => acknowledged.length >= before + 20);
    goesOn = false;
    await Promise.all(workers);

    expect(new Set(refused)).toEqual(new Set([503]));
    expect(server.errors.filter((line) => line.includes('a request failed'))).toEqual([]);
    const ports = (await server.request(member, 'GET', '/v2.0/ports')).body['ports'] as readonly JsonObject[];
    const there = new Set(ports.map(({ id }) => id));
    expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
    const addresses = ports.flatMap(fixedIpsOf).map(({ ip_address }) => ip_address);
    expect(new Set(addresses).size).toBe(ports.length);
    // A port more is one whose creation was answered 503 as nobody knew what had become of it.
    expect(ports.length).toBeLessThanOrEqual(acknowledged.length + refused.length);
  }, 90_000);
});

describe('a program that starts', () => {
  test('asks a database that is away as often as it is told to, and says what is wrong with one that refuses it', async () => {
    const port = await freePort();
    const { url } = await engine.emptyDatabase();
    await using away = await openDatabase(url.replace(/:\d+\//, `:${String(port)}/`), quiet);
    const warnings: string[] = [];
    const patience = { maxRetries: 1, retryIntervalSeconds: 0.01, warn: (message: string) => void warnings.push(message) };
    await expect(untilAnswers(away.db, patience)).rejects.toThrow('the database does not answer');
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('ECONNREFUSED');
    await using unknown = await openDatabase(url.replace(/test\d+/, 'nothing'), quiet);
    await expect(untilAnswers(unknown.db, { ...patience, maxRetries: -1 })).rejects.toThrow(/the database does not answer: .*nothing/);
  });
});
