import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'admin' };
const alice: Caller = { project: 'alice', roles: 'member,reader' };
const mallory: Caller = { project: 'mallory', roles: 'member,reader' };

let server: NetworkServer;
const ids: Record<string, string> = {};

beforeAll(async () => {
  server = await networkServer();
  const keep = async (name: string, caller: Caller, path: string, body: Parameters<NetworkServer['create']>[2]): Promise<void> => {
    ids[name] = String((await server.create(caller, path, body))['id']);
  };
  await keep('networks', alice, '/v2.0/networks', { network: { name: 'private' } });
  await keep('subnets', alice, '/v2.0/subnets', { subnet: { network_id: ids['networks'] ?? '', ip_version: 4, cidr: '192.0.2.0/24' } });
  await keep('security-groups', alice, '/v2.0/security-groups', { security_group: { name: 'group' } });
  await keep('security-group-rules', alice, '/v2.0/security-group-rules', { security_group_rule: { security_group_id: ids['security-groups'] ?? '', direction: 'ingress' } });
  await keep('ports', alice, '/v2.0/ports', { port: { network_id: ids['networks'] ?? '' } });
  await keep('shared', admin, '/v2.0/networks', { network: { name: 'shared', shared: true } });
  await keep('shared-subnet', admin, '/v2.0/subnets', { subnet: { network_id: ids['shared'] ?? '', ip_version: 4, cidr: '198.51.100.0/24' } });
});
afterAll(async () => server[Symbol.asyncDispose]());

const own = ['networks', 'subnets', 'ports', 'security-groups', 'security-group-rules'] as const;

describe("another project's objects", () => {
  it.each(own)('are not there: %s', async (path) => {
    const url = `/v2.0/${path}/${ids[path] ?? ''}`;
    const resource = path.replaceAll('-', '_').slice(0, -1);
    expect((await server.request(alice, 'GET', url)).status).toBe(200);
    expect((await server.request(mallory, 'GET', url)).status).toBe(404);
    if (path !== 'security-group-rules') expect((await server.request(mallory, 'PUT', url, { [resource]: { name: 'mine' } })).status).toBe(404);
    expect((await server.request(mallory, 'DELETE', url)).status).toBe(404);
    expect((await server.request(alice, 'GET', url)).status).toBe(200);
  });

  it.each(own)('are in no list, whatever is asked: %s', async (path) => {
    const collection = path.replaceAll('-', '_');
    for (const query of ['', '?project_id=alice', '?tenant_id=alice', `?id=${ids[path] ?? ''}`, '?sort_key=id&sort_dir=desc', '?limit=10']) {
      const found = (await server.request(mallory, 'GET', `/v2.0/${path}${query}`)).body[collection] as { project_id: string }[];
      expect(found.filter(({ project_id }) => project_id === 'alice'), query).toEqual([]);
    }
    expect((await server.request(mallory, 'GET', `/v2.0/${path}?limit=1&marker=${ids[path] ?? ''}`)).status).toBe(404);
  });

  it.each(['networks', 'subnets', 'ports', 'security-groups'])('have tags that others neither see nor change: %s', async (path) => {
    const url = `/v2.0/${path}/${ids[path] ?? ''}/tags`;
    expect((await server.request(mallory, 'GET', url)).status).toBe(404);
    expect((await server.request(mallory, 'PUT', url, { tags: ['x'] })).status).toBe(404);
    expect((await server.request(mallory, 'PUT', `${url}/x`)).status).toBe(404);
    expect((await server.request(mallory, 'DELETE', url)).status).toBe(404);
    expect((await server.request(alice, 'GET', url)).body).toEqual({ tags: [] });
  });

  it('cannot be used: its network, subnet and groups', async () => {
    const refused = async (path: string, body: Parameters<NetworkServer['create']>[2]): Promise<number> => (await server.request(mallory, 'POST', path, body)).status;
    expect(await refused('/v2.0/ports', { port: { network_id: ids['networks'] ?? '' } })).toBe(404);
    expect(await refused('/v2.0/subnets', { subnet: { network_id: ids['networks'] ?? '', ip_version: 4, cidr: '203.0.113.0/24' } })).toBe(404);
    expect(await refused('/v2.0/ports', { port: { network_id: ids['shared'] ?? '', security_groups: [ids['security-groups'] ?? ''] } })).toBe(404);
    expect(await refused('/v2.0/security-group-rules', { security_group_rule: { security_group_id: ids['security-groups'] ?? '', direction: 'ingress' } })).toBe(404);
    const group = await server.create(mallory, '/v2.0/security-groups', { security_group: {} });
    expect(await refused('/v2.0/security-group-rules', { security_group_rule: { security_group_id: group['id'] ?? '', direction: 'ingress', remote_group_id: ids['security-groups'] ?? '' } })).toBe(404);
  });
});

describe('a member', () => {
  it('creates for no project but its own', async () => {
    for (const owner of ['project_id', 'tenant_id']) {
      expect((await server.request(mallory, 'POST', '/v2.0/networks', { network: { [owner]: 'alice' } })).status).toBe(400);
    }
    const bulk = { networks: [{ name: 'a' }, { name: 'b', project_id: 'alice' }] };
    expect((await server.request(mallory, 'POST', '/v2.0/networks', bulk)).status).toBe(400);
    expect((await server.request(mallory, 'GET', '/v2.0/networks?project_id=mallory')).body['networks']).toEqual([]);
    expect((await server.request(admin, 'POST', '/v2.0/networks', { network: { project_id: 'alice', name: 'given' } })).body['network']).toMatchObject({ project_id: 'alice', tenant_id: 'alice' });
  });

  it('gives nothing away and takes nothing over: owners do not change', async () => {
    for (const caller of [alice, admin]) {
      const answer = await server.request(caller, 'PUT', `/v2.0/networks/${ids['networks'] ?? ''}`, { network: { project_id: 'mallory' } });
      expect(answer.status).toBe(400);
    }
  });

  it('uses a shared network, sees what is its own there, and may not change it', async () => {
    const shared = `/v2.0/networks/${ids['shared'] ?? ''}`;
    expect((await server.request(alice, 'GET', shared)).body['network']).toMatchObject({ shared: true });
    expect((await server.request(alice, 'PUT', shared, { network: { name: 'mine' } })).status).toBe(403);
    expect((await server.request(alice, 'DELETE', shared)).status).toBe(403);
    expect((await server.request(alice, 'PUT', `${shared}/tags/x`)).status).toBe(403);
    const mine = await server.create(alice, '/v2.0/ports', { port: { network_id: ids['shared'] ?? '' } });
    const theirs = await server.create(mallory, '/v2.0/ports', { port: { network_id: ids['shared'] ?? '' } });
    const seen = (await server.request(alice, 'GET', `/v2.0/ports?network_id=${ids['shared'] ?? ''}`)).body['ports'] as { id: unknown }[];
    expect(seen.map(({ id }) => id)).toEqual([mine['id']]);
    expect((await server.request(alice, 'DELETE', `/v2.0/ports/${String(theirs['id'])}`)).status).toBe(404);
  });

  it('does what only administrators may do nowhere', async () => {
    const asks = async (method: string, path: string, body?: Parameters<NetworkServer['create']>[2]): Promise<number> => (await server.request(alice, method, path, body)).status;
    expect(await asks('POST', '/v2.0/networks', { network: { shared: true } })).toBe(403);
    expect(await asks('POST', '/v2.0/networks', { network: { 'router:external': true } })).toBe(403);
    expect(await asks('POST', '/v2.0/networks', { network: { 'provider:network_type': 'local' } })).toBe(403);
    expect(await asks('PUT', `/v2.0/networks/${ids['networks'] ?? ''}`, { network: { shared: true } })).toBe(403);
    expect(await asks('PUT', `/v2.0/ports/${ids['ports'] ?? ''}`, { port: { 'binding:host_id': 'host' } })).toBe(403);
    expect(await asks('PUT', '/v2.0/quotas/alice', { quota: { port: -1 } })).toBe(403);
    expect(await asks('DELETE', '/v2.0/quotas/alice')).toBe(403);
    expect(await asks('GET', '/v2.0/quotas')).toBe(403);
    expect(await asks('GET', '/v2.0/quotas/mallory')).toBe(403);
    expect(await asks('GET', '/v2.0/quotas/mallory/details.json')).toBe(403);
    expect(await asks('GET', `/v2.0/networks/${ids['networks'] ?? ''}/dhcp-agents`)).toBe(403);
    expect((await server.request(alice, 'GET', '/v2.0/agents')).body).toEqual({ agents: [] });
  });

  it('does not learn what is hidden from it, not by fields and not by filters', async () => {
    const port = (await server.request(alice, 'GET', `/v2.0/ports/${ids['ports'] ?? ''}?fields=id&fields=binding:host_id`)).body['port'];
    expect(Object.keys(port as object)).toEqual(['id']);
    const network = (await server.request(alice, 'GET', `/v2.0/networks/${ids['networks'] ?? ''}`)).body['network'];
    expect(Object.keys(network as object).filter((name) => name.startsWith('provider:'))).toEqual([]);
    expect((await server.request(alice, 'GET', '/v2.0/ports?binding:host_id=host-1')).status).toBe(403);
    expect((await server.request(alice, 'GET', '/v2.0/networks?provider:segmentation_id=7')).status).toBe(403);
    expect((await server.request(alice, 'GET', '/v2.0/networks?router:external=true')).status).toBe(200);
  });
});
