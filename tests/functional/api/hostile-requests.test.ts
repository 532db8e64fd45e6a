import { connect } from 'node:net';
import type { Json } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';
import { processorMs } from '../../support/processor-time.ts';

const member: Caller = { project: 'p', roles: 'member,reader' };
const admin: Caller = { project: 'admin' };
let server: NetworkServer;
let networkId: string;

beforeAll(async () => {
  server = await networkServer('[quotas]\nquota_port = -1\nquota_network = -1\n');
  networkId = String((await server.create(member, '/v2.0/networks', { network: { name: 'n' } }))['id']);
});
afterAll(async () => server[Symbol.asyncDispose]());

/** The server runs in this process. What these requests once cost was far more. */
const soonMs = 5000;

async function soon(caller: Caller, method: string, path: string, body?: Json): Promise<Answer> {
  const start = process.cpuUsage();
  const answer = await server.request(caller, method, path, body);
  expect(processorMs(start)).toBeLessThan(soonMs);
  expect(server.errors).toEqual([]);
  return answer;
}

function address(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`;
}

/** No two of which are neighbours. */
function prefixes(count: number, from = 0): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${address((from + index) * 8)}/30`);
}

function manyTimes(count: number, parameter: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => parameter(index)).join('&');
}

describe('requests that say the same thing over and over, or very much at once', () => {
  test('by one sort key, with a marker, are pages as any other', async () => {
    const [marker, last] = await Promise.all(['a', 'b'].map((name) => server.create(member, '/v2.0/ports', { port: { network_id: networkId, name } })));
    const sorts = manyTimes(600, (index) => `sort_key=name&sort_dir=${index % 2 === 0 ? 'asc' : 'desc'}`);
    const { status, body } = await soon(member, 'GET', `/v2.0/ports?fields=id&limit=5&marker=${String(marker?.['id'])}&${sorts}`);
    expect([status, body['ports']]).toEqual([200, [{ id: last?.['id'] }]]);
  });

  test.each([
    ['networks', () => 'shared=true'],
    ['security-groups', () => 'shared=true'],
    ['subnetpools', () => 'shared=true'],
    ['address-scopes', () => 'shared=true'],
    ['agents', () => 'alive=true'],
    ['ports', (index: number) => `fixed_ips=ip_address_substr=${index}`],
    ['security-group-rules', (index: number) => `normalized_cidr=${address(index)}/32`],
    ['ports', (index: number) => `tags=t${index}`],
  ] as const)('are filters of %s with any number of values', async (collection, parameter) => {
    expect((await soon(admin, 'GET', `/v2.0/${collection}?${manyTimes(1500, parameter)}`)).status).toBe(200);
  });

  test('with thousands of DHCP options do not cost a statement for each', async () => {
    const { id } = await server.create(member, '/v2.0/ports', { port: { network_id: networkId, extra_dhcp_opts: [{ opt_name: 'kept', opt_value: 'v' }, { opt_name: 'o1', opt_value: 'old' }] } });
    const options = Array.from({ length: 8000 }, (_, index) => ({ opt_name: `o${index}`, opt_value: 'v' }));
    const { status, body } = await soon(member, 'PUT', `/v2.0/ports/${String(id)}`, { port: { extra_dhcp_opts: [...options, { opt_name: 'o2', opt_value: null }] } });
    expect(status).toBe(200);
    const { extra_dhcp_opts: shown } = body['port'] as { extra_dhcp_opts: readonly { readonly opt_name: string; readonly opt_value: string }[] };
    expect(shown).toHaveLength(8000);
    expect(shown.filter(({ opt_name }) => ['kept', 'o1', 'o2'].includes(opt_name)).map(({ opt_name, opt_value }) => [opt_name, opt_value])).toEqual([['kept', 'v'], ['o1', 'v']]);
  });

  test('give a pool more prefixes in bounds only, and a pool with many of them works as any other', { timeout: 120_000 }, async () => {
    const { id } = await server.create(member, '/v2.0/subnetpools', { subnetpool: { name: 'large', min_prefixlen: 30, prefixes: prefixes(1000) } });
    const action = (name: string, some: readonly string[]): Promise<Answer> => soon(member, 'PUT', `/v2.0/subnetpools/${String(id)}/${name}`, { prefixes: some });
    expect((await action('add_prefixes', prefixes(1001, 1000))).status).toBe(400);
    expect((await action('remove_prefixes', prefixes(1001, 1000))).status).toBe(400);
    for (let from = 1000; from < 20_000; from += 1000) expect((await action('add_prefixes', prefixes(1000, from))).status).toBe(200);
    const subnet = { network_id: networkId, ip_version: 4, subnetpool_id: String(id), prefixlen: 30 };
    const made = (await soon(member, 'POST', '/v2.0/subnets', { subnet })).body['subnet'];
    expect(made).toMatchObject({ cidr: '10.0.0.0/30' });
    expect((await action('remove_prefixes', prefixes(1000))).status).toBe(400);
    const { status, body } = await action('remove_prefixes', prefixes(1000, 1000));
    expect([status, (body['prefixes'] as readonly string[]).length]).toEqual([200, 19_000]);
  });

  test('for thousands of ports at once, each with an address of its own, make them', { timeout: 120_000 }, async () => {
    const { id } = await server.create(member, '/v2.0/networks', { network: { name: 'wide' } });
    await server.create(member, '/v2.0/subnets', { subnet: { network_id: String(id), ip_version: 4, cidr: '10.0.0.0/8' } });
    const ports = Array.from({ length: 3000 }, (_, index) => ({ network_id: String(id), fixed_ips: [{ ip_address: address(1000 + index) }] }));
    const { status, body } = await server.request(member, 'POST', '/v2.0/ports', { ports });
    expect([status, server.errors]).toEqual([201, []]);
    expect(body['ports']).toHaveLength(3000);
    expect((await server.request(member, 'POST', '/v2.0/ports', { ports })).status).toBe(409);
  });

  test('as a whole URL, as to a proxy, are the same requests', async () => {
    const { port, hostname, host } = new URL(server.url);
    const answer = await new Promise<string>((resolve, reject) => {
      let text = '';
      const socket = connect(Number(port), hostname, () => socket.write(`GET ${server.url}/v2.0/networks.json?limit=1 HTTP/1.1\r\nHost: ${host}\r\nX-Project-Id: p\r\nConnection: close\r\n\r\n`));
      socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toContain(`"href":"${server.url}/v2.0/networks?limit=1&marker=`);
    expect(server.errors).toEqual([]);
  });

  test('for quotas of a project whose name no table holds are refused', async () => {
    expect((await soon(admin, 'PUT', `/v2.0/quotas/${'q'.repeat(256)}`, { quota: { network: 5 } })).status).toBe(400);
    expect((await soon(admin, 'PUT', `/v2.0/quotas/${'q'.repeat(255)}`, { quota: { network: 5 } })).status).toBe(200);
  });
});
