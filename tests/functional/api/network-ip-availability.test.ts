import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';

const admin: Caller = { project: 'p' };
const server = serverForEachTest();

const network = (given: JsonObject = {}): Promise<JsonObject> => server().create(admin, '/v2.0/networks', { network: given });
const subnet = (network_id: unknown, cidr: string, given: JsonObject = {}): Promise<JsonObject> =>
  server().create(admin, '/v2.0/subnets', { subnet: { network_id: String(network_id), ip_version: cidr.includes(':') ? 6 : 4, cidr, ...given } });

async function listed(query = ''): Promise<readonly JsonObject[]> {
  return (await server().request(admin, 'GET', `/v2.0/network-ip-availabilities${query}`)).body['network_ip_availabilities'] as readonly JsonObject[];
}

describe('the availability of addresses', () => {
  it('counts what pools have and ports use, of each subnet and of the network', async () => {
    const { id } = await network({ name: 'n' });
    expect(await listed()).toEqual([{ network_id: id, network_name: 'n', project_id: 'p', tenant_id: 'p', total_ips: 0, used_ips: 0, subnet_ip_availability: [] }]);
    const one = await subnet(id, '10.0.0.0/24');
    const two = await subnet(id, '10.0.1.0/24', { name: 'two', allocation_pools: [{ start: '10.0.1.10', end: '10.0.1.19' }, { start: '10.0.1.30', end: '10.0.1.30' }] });
    await server().create(admin, '/v2.0/ports', { port: { network_id: id, fixed_ips: [{ subnet_id: one['id'] }, { ip_address: '10.0.1.200' }] } });
    const { body } = await server().request(admin, 'GET', `/v2.0/network-ip-availabilities/${String(id)}`);
    const { subnet_ip_availability: subnets, ...whole } = body['network_ip_availability'] as JsonObject;
    expect(whole).toEqual({ network_id: id, network_name: 'n', project_id: 'p', tenant_id: 'p', total_ips: 264, used_ips: 2 });
    expect(subnets).toHaveLength(2);
    expect(subnets).toContainEqual({ subnet_id: one['id'], subnet_name: '', ip_version: 4, cidr: '10.0.0.0/24', total_ips: 253, used_ips: 1 });
    expect(subnets).toContainEqual({ subnet_id: two['id'], subnet_name: 'two', ip_version: 4, cidr: '10.0.1.0/24', total_ips: 11, used_ips: 1 });
  });

  it('gives the sizes of IPv6 subnets to the last address', async () => {
    const { id } = await network();
    await subnet(id, 'fd00::/64');
    const response = await fetch(`${server().url}/v2.0/network-ip-availabilities/${String(id)}`, { headers: { 'X-Project-Id': 'p' } });
    expect(await response.text()).toContain('"total_ips":18446744073709551615,');
    expect((await fetch(`${server().url}/v2.0/network-ip-availabilities`, { headers: { 'X-Project-Id': 'p' } }).then((answer) => answer.text()))).toContain('"total_ips":18446744073709551615,');
  });

  it('is found by network, name, project and IP version, and comes in pages', async () => {
    const both = await network({ name: 'both' });
    await subnet(both['id'], '10.0.0.0/24');
    await subnet(both['id'], 'fd00::/120');
    const four = await network({ name: 'four', project_id: 'q' });
    await subnet(four['id'], '10.0.0.0/24');
    await network();
    const names = async (query: string): Promise<unknown> => (await listed(query)).map(({ network_name }) => network_name);
    expect(await names('?ip_version=6')).toEqual(['both']);
    expect(await listed('?ip_version=6&fields=total_ips')).toEqual([{ total_ips: 255 }]);
    expect(await names(`?network_id=${String(four['id'])}`)).toEqual(['four']);
    expect(await names('?network_name=both&ip_version=4')).toEqual(['both']);
    expect(await names('?project_id=q')).toEqual(['four']);
    expect(await names('?network_name=four&ip_version=4&ip_version=99999999999')).toEqual(['four']);
    const seen: unknown[] = [];
    for (let url: string | undefined = '/v2.0/network-ip-availabilities?limit=2&sort_key=network_id&sort_dir=desc'; url !== undefined; ) {
      const { body } = await server().request(admin, 'GET', url);
      seen.push(...(body['network_ip_availabilities'] as readonly JsonObject[]).map(({ network_id }) => network_id));
      const next = (body['network_ip_availabilities_links'] as readonly JsonObject[]).find(({ rel }) => rel === 'next');
      url = next === undefined ? undefined : String(next['href']).slice(server().url.length);
    }
    expect(seen).toHaveLength(3);
    expect(seen).toEqual(seen.toSorted().toReversed());
  });

  it('is an administrator’s to see', async () => {
    const { id } = await network();
    const member: Caller = { project: 'p', roles: 'member' };
    expect((await server().request(member, 'GET', '/v2.0/network-ip-availabilities')).body).toEqual({ network_ip_availabilities: [] });
    expect((await server().request(member, 'GET', `/v2.0/network-ip-availabilities/${String(id)}`)).status).toBe(404);
    expect(await server().request(admin, 'GET', '/v2.0/network-ip-availabilities/x')).toMatchObject({ status: 404, body: { NeutronError: { type: 'NetworkNotFound' } } });
    expect((await server().request(admin, 'DELETE', `/v2.0/network-ip-availabilities/${String(id)}`)).status).toBe(405);
  });
});
