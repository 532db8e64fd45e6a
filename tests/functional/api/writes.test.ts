import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'admin' };
const member: Caller = { project: 'p', roles: 'member' };
let server: NetworkServer;

beforeAll(async () => {
  server = await networkServer();
});
afterAll(async () => server[Symbol.asyncDispose]());

describe('a create', () => {
  it('fills in defaults, shows both names of the owner and carries the id of the request', async () => {
    const { status, body, headers } = await server.request(member, 'POST', '/v2.0/networks.json', { network: { admin_state_up: 'no' } });
    expect(status).toBe(201);
    expect(body['network']).toMatchObject({ name: '', admin_state_up: false, shared: false, project_id: 'p', tenant_id: 'p', description: '', tags: [] });
    expect(headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
  });

  it('of many answers with all of them in order, wrapped one by one or not', async () => {
    const { status, body } = await server.request(member, 'POST', '/v2.0/networks', { networks: [{ name: 'a' }, { network: { name: 'b' } }] });
    expect(status).toBe(201);
    expect((body['networks'] as readonly { name: string }[]).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('of a prefix with host bits stores the prefix', async () => {
    const network = await server.create(member, '/v2.0/networks', { network: {} });
    const subnet = await server.create(member, '/v2.0/subnets', { subnet: { network_id: network['id'] ?? '', ip_version: '6', cidr: '2001:DB8::5/64', subnetpool_id: null } });
    expect(subnet).toMatchObject({ cidr: '2001:db8::/64', ip_version: 6, gateway_ip: '2001:db8::', allocation_pools: [{ start: '2001:db8::1', end: '2001:db8::ffff:ffff:ffff:ffff' }] });
  });
});

describe('an update', () => {
  it('changes what it gives and nothing else, and counts', async () => {
    const { id } = await server.create(member, '/v2.0/networks', { network: { name: 'before', description: 'kept' } });
    const { status, body } = await server.request(member, 'PUT', `/v2.0/networks/${String(id)}`, { network: { name: 'after' } });
    expect(status).toBe(200);
    expect(body['network']).toMatchObject({ name: 'after', description: 'kept', revision_number: 2 });
  });

  it('of a revision that is no longer the newest is refused', async () => {
    const { id, revision_number: revision } = await server.create(member, '/v2.0/networks', { network: {} });
    const url = `/v2.0/networks/${String(id)}`;
    const update = async (header: string): Promise<number> => (await server.request(member, 'PUT', url, { network: { name: 'x' } }, { 'If-Match': header })).status;
    expect(await update(`revision_number=${Number(revision)}`)).toBe(200);
    expect(await update(`revision_number=${Number(revision)}`)).toBe(412);
    expect((await server.request(member, 'DELETE', url, undefined, { 'If-Match': 'revision_number=1' })).status).toBe(412);
    expect((await server.request(member, 'DELETE', url)).status).toBe(204);
    expect((await server.request(member, 'DELETE', url)).status).toBe(404);
  });
});

describe('tags', () => {
  it('are set, asked for, removed, and count as changes of the object', async () => {
    const { id } = await server.create(member, '/v2.0/networks', { network: {} });
    const url = `/v2.0/networks/${String(id)}/tags`;
    expect((await server.request(member, 'PUT', url, { tags: ['b', 'a'] })).body).toEqual({ tags: ['b', 'a'] });
    expect((await server.request(member, 'PUT', `${url}/${encodeURIComponent('grün/ö')}`)).status).toBe(201);
    expect((await server.request(member, 'PUT', `${url}/a`)).status).toBe(201);
    expect((await server.request(member, 'GET', `${url}/${encodeURIComponent('grün/ö')}`)).status).toBe(204);
    expect((await server.request(member, 'DELETE', `${url}/b`)).status).toBe(204);
    expect((await server.request(member, 'DELETE', `${url}/b`)).status).toBe(404);
    const { network } = (await server.request(member, 'GET', `/v2.0/networks/${String(id)}`)).body;
    expect(network).toMatchObject({ tags: ['a', 'grün/ö'], revision_number: 4 });
    expect((await server.request(member, 'DELETE', url)).status).toBe(204);
    expect((await server.request(member, 'GET', url)).body).toEqual({ tags: [] });
  });

  it('are fifty at most, also when they come one by one and at once', async () => {
    const { id } = await server.create(member, '/v2.0/networks', { network: {} });
    const url = `/v2.0/networks/${String(id)}/tags`;
    await server.request(member, 'PUT', url, { tags: Array.from({ length: 48 }, (_, index) => `t${index}`) });
    const statuses = await Promise.all(['x', 'y', 'z', 'x'].map(async (tag) => (await server.request(member, 'PUT', `${url}/${tag}`)).status));
    expect(statuses.toSorted()).toEqual(expect.arrayContaining([201, 201, 400]));
    expect((await server.request(member, 'GET', url)).body['tags']).toHaveLength(50);
  });
});

describe('discovery', () => {
  it('needs no token for versions and resources, and lists extensions with what they add', async () => {
    expect((await server.request(admin, 'GET', '/')).body).toMatchObject({ versions: [{ id: 'v2.0', status: 'CURRENT' }] });
    expect((await server.request(admin, 'GET', '/v2.0/')).body).toMatchObject({ resources: expect.arrayContaining([expect.objectContaining({ name: 'network', collection: 'networks' })]) as unknown });
    const aliases = ((await server.request(admin, 'GET', '/v2.0/extensions')).body['extensions'] as readonly { alias: string }[]).map(({ alias }) => alias);
    expect(aliases).toContain('security-group');
    expect(aliases).not.toContain('network');
    expect(aliases).not.toContain('port-security');
    await using withDriver = await networkServer('[ml2]\nextension_drivers = port_security\n');
    expect((await withDriver.request(admin, 'GET', '/v2.0/extensions/port-security')).status).toBe(200);
  });
});

describe('an error of our own', () => {
  it('is a 500 that tells the client nothing and the log everything', async () => {
    await using broken = await networkServer();
    await broken.db.schema.dropTable('tags').execute();
    await broken.create(admin, '/v2.0/networks', { network: {} }).catch(() => undefined);
    const { status, body, headers } = await broken.request(admin, 'POST', '/v2.0/networks', { network: {} });
    expect(status).toBe(500);
    expect(body).toEqual({ NeutronError: { type: 'HTTPInternalServerError', message: 'Request failed: internal server error while processing your request.', detail: '' } });
    expect(broken.errors.join('')).toContain(headers.get('x-openstack-request-id') ?? '?');
    expect(broken.errors.join('')).toMatch(/no such table: tags|tags' doesn't exist|\\"tags\\" does not exist/);
  });
});
