import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'p' };
let server: NetworkServer;

beforeAll(async () => {
  server = await networkServer();
  const network = await server.create(admin, '/v2.0/networks', { network: { name: 'n' } });
  await server.create(admin, '/v2.0/subnets', { subnet: { network_id: String(network['id']), ip_version: 4, cidr: '10.0.0.0/24' } });
  await server.create(admin, '/v2.0/ports', { port: { network_id: String(network['id']) } });
});
afterAll(async () => server[Symbol.asyncDispose]());

const numbers = ['abc', '', '-1', '1.5', '1e3', '2147483648', '99999999999999999999', '0x10', ' 1', "1' or '1'='1", 'null', 'true'];
const texts = ['%00', 'a%00b', "'", '"', '%5C', '%25', '_', '%F0%9F%98%80', 'a'.repeat(3000), '%ED%A0%80'];

/** Collection → filters that are numbers, and filters that are texts. */
const filters: Readonly<Record<string, { readonly numbers: readonly string[]; readonly texts: readonly string[] }>> = {
  networks: { numbers: ['mtu', 'provider:segmentation_id', 'revision_number', 'admin_state_up', 'shared'], texts: ['id', 'name', 'project_id', 'description', 'tags', 'not-tags-any', 'subnets'] },
  subnets: { numbers: ['ip_version', 'enable_dhcp', 'revision_number'], texts: ['id', 'cidr', 'network_id', 'gateway_ip'] },
  ports: { numbers: ['admin_state_up', 'revision_number', 'port_security_enabled'], texts: ['id', 'mac_address', 'device_id', 'binding:host_id', 'security_groups', 'fixed_ips'] },
  'security-groups': { numbers: ['revision_number', 'stateful'], texts: ['name', 'id'] },
  'security-group-rules': { numbers: ['port_range_min', 'port_range_max'], texts: ['protocol', 'remote_ip_prefix', 'security_group_id'] },
  agents: { numbers: ['admin_state_up', 'alive'], texts: ['host', 'agent_type'] },
};

describe('what no engine was made for', () => {
  test.each(Object.entries(filters))('as a filter of %s finds nothing or is refused, whatever the engine', async (collection, { numbers: numeric, texts: textual }) => {
    const queries = [...numeric.flatMap((name) => numbers.map((value) => `${name}=${encodeURIComponent(value)}`)), ...textual.flatMap((name) => texts.map((value) => `${name}=${value}`))];
    for (const query of queries) {
      const { status } = await server.request(admin, 'GET', `/v2.0/${collection}?${query}`);
      expect([query, status === 200 || status === 400]).toEqual([query, true]);
    }
    expect(server.errors).toEqual([]);
  });

  test('as a name, a tag or a marker is stored or refused', async () => {
    for (const name of ['a\u0000b', '\u0000', '\ud800', '😀', 'a'.repeat(255), '😀'.repeat(255), 'a\u0000'.repeat(200)]) {
      const { status } = await server.request(admin, 'POST', '/v2.0/networks', { network: { name, description: name } });
      expect([name, status === 201 || status === 400]).toEqual([name, true]);
    }
    for (const query of ['marker=%00', 'marker=a%00b&limit=1', 'limit=99999999999999999999', 'limit=1&sort_key=name&marker=nobody']) {
      const { status } = await server.request(admin, 'GET', `/v2.0/networks?${query}`);
      expect([query, status < 500]).toEqual([query, true]);
    }
    const { id } = await server.create(admin, '/v2.0/networks', { network: {} });
    expect([201, 400]).toContain((await server.request(admin, 'PUT', `/v2.0/networks/${String(id)}/tags/a%00b`)).status);
    expect([200, 400, 404]).toContain((await server.request(admin, 'GET', '/v2.0/networks/a%00b')).status);
    expect(server.errors).toEqual([]);
  });
});
