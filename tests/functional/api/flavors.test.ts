import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'admin' };
const member: Caller = { project: 'p', roles: 'member,reader' };
const nowhere = '11111111-1111-1111-1111-111111111111';
let server: NetworkServer;

beforeEach(async () => {
  server = await networkServer();
});
afterEach(async () => server[Symbol.asyncDispose]());

const flavor = (given: JsonObject = {}): Promise<JsonObject> => server.create(admin, '/v2.0/flavors', { flavor: { name: 'f', service_type: 'FLAVORS', ...given } });
const profile = (given: JsonObject = {}): Promise<JsonObject> => server.create(admin, '/v2.0/service_profiles', { service_profile: { metainfo: '{"data": "value"}', ...given } });

function error({ status, body }: Answer): JsonObject {
  const fault = body['NeutronError'];
  return { status, ...(isJsonObject(fault) ? { type: fault['type'], message: fault['message'] } : {}) };
}

describe('a flavor', () => {
  it('is made, changed, found and deleted by an administrator, and seen by everybody', async () => {
    const made = await flavor({ description: 'd', project_id: 'x' });
    expect(made).toEqual({ id: made['id'], name: 'f', description: 'd', service_type: 'FLAVORS', enabled: true, service_profiles: [] });
    const url = `/v2.0/flavors/${String(made['id'])}`;
    expect((await server.request(admin, 'PUT', url, { flavor: { enabled: false, description: null } })).body['flavor']).toMatchObject({ enabled: false, description: null });
    expect((await server.request(member, 'GET', '/v2.0/flavors?enabled=false&sort_key=description&sort_dir=asc')).body['flavors']).toHaveLength(1);
    expect((await server.request(admin, 'GET', '/v2.0/flavors?id=33')).body['flavors']).toEqual([]);
    expect((await server.request(member, 'POST', '/v2.0/flavors', { flavor: { service_type: 'FLAVORS' } })).status).toBe(403);
    expect((await server.request(member, 'PUT', url, { flavor: { name: 'x' } })).status).toBe(403);
    expect((await server.request(member, 'DELETE', url)).status).toBe(403);
    expect((await server.request(admin, 'DELETE', url)).status).toBe(204);
    expect(error(await server.request(admin, 'GET', url))).toMatchObject({ status: 404, type: 'FlavorNotFound' });
  });

  it('is of a service that there is', async () => {
    expect(error(await server.request(admin, 'POST', '/v2.0/flavors', { flavor: { service_type: 'QOS' } }))).toEqual({ status: 400, type: 'InvalidServiceType', message: 'Invalid service type: QOS.' });
    expect((await server.request(admin, 'POST', '/v2.0/flavors', { flavor: {} })).status).toBe(400);
  });

  it('has profiles behind it, each once, given with it or one by one', async () => {
    const [one, two] = [await profile(), await profile()];
    const { id } = await flavor({ service_profiles: [one['id'] ?? null] });
    const url = `/v2.0/flavors/${String(id)}`;
    const bind = (profileId: unknown): Promise<Answer> => server.request(admin, 'POST', `${url}/service_profiles`, { service_profile: { id: String(profileId) } });
    expect(await bind(two['id'])).toMatchObject({ status: 201, body: { service_profile: { id: two['id'] } } });
    expect(error(await bind(two['id']))).toMatchObject({ status: 409, type: 'FlavorServiceProfileBindingExists' });
    expect(error(await bind(nowhere))).toMatchObject({ status: 404, type: 'ServiceProfileNotFound' });
    expect((await bind('x')).status).toBe(400);
    expect((await server.request(admin, 'POST', `${url}/service_profiles`, {})).status).toBe(400);
    expect(error(await server.request(admin, 'POST', `/v2.0/flavors/${nowhere}/service_profiles`, { service_profile: { id: two['id'] ?? null } }))).toMatchObject({ status: 404, type: 'FlavorNotFound' });
    expect((await server.request(member, 'POST', `${url}/service_profiles`, { service_profile: { id: two['id'] ?? null } })).status).toBe(403);
    const ids = [one['id'], two['id']].map(String).toSorted();
    expect((await server.request(admin, 'GET', url)).body['flavor']).toMatchObject({ service_profiles: ids });
    expect((await server.request(member, 'GET', `${url}/service_profiles`)).body).toEqual({ service_profiles: ids.map((each) => ({ id: each })) });
    expect((await server.request(admin, 'DELETE', `${url}/service_profiles/${String(two['id'])}`)).status).toBe(204);
    expect(error(await server.request(admin, 'DELETE', `${url}/service_profiles/${String(two['id'])}`))).toMatchObject({ status: 404, type: 'FlavorServiceProfileBindingNotFound' });
    expect((await server.request(admin, 'PUT', url, { flavor: { service_profiles: [two['id'] ?? null] } })).body['flavor']).toMatchObject({ service_profiles: [two['id']] });
    expect((await server.request(admin, 'DELETE', url)).status).toBe(204);
    expect((await server.request(admin, 'DELETE', `/v2.0/service_profiles/${String(two['id'])}`)).status).toBe(204);
  });

  it('leads to a provider only where a profile names the driver of one', async () => {
    const { id } = await flavor();
    const next = (): Promise<Answer> => server.request(admin, 'GET', `/v2.0/flavors/${String(id)}/next_providers`);
    expect(error(await next())).toMatchObject({ status: 404, type: 'FlavorServiceProfileBindingNotFound' });
    const hidden = await profile({ enabled: false });
    await server.request(admin, 'PUT', `/v2.0/flavors/${String(id)}`, { flavor: { service_profiles: [hidden['id'] ?? null] } });
    expect(error(await next())).toMatchObject({ status: 503, type: 'ServiceProfileDisabled' });
    const shown = await profile();
    await server.request(admin, 'PUT', `/v2.0/flavors/${String(id)}`, { flavor: { service_profiles: [shown['id'] ?? null] } });
    expect(error(await next())).toMatchObject({ status: 404, type: 'ServiceProfileDriverNotFound' });
  });
});

describe('a service profile', () => {
  it('is an administrator’s, and stays as it is while a flavor has it', async () => {
    const made = await profile({ description: 'd' });
    expect(made).toEqual({ id: made['id'], description: 'd', driver: '', enabled: true, metainfo: '{"data": "value"}' });
    const url = `/v2.0/service_profiles/${String(made['id'])}`;
    expect((await server.request(admin, 'PUT', url, { service_profile: { enabled: false } })).body['service_profile']).toMatchObject({ enabled: false });
    expect((await server.request(member, 'GET', '/v2.0/service_profiles')).body['service_profiles']).toEqual([]);
    expect((await server.request(member, 'GET', url)).status).toBe(404);
    const { id } = await flavor({ service_profiles: [made['id'] ?? null] });
    expect(error(await server.request(admin, 'PUT', url, { service_profile: { enabled: true } }))).toMatchObject({ status: 409, type: 'ServiceProfileInUse' });
    expect(error(await server.request(admin, 'DELETE', url))).toMatchObject({ status: 409, type: 'ServiceProfileInUse' });
    await server.request(admin, 'DELETE', `/v2.0/flavors/${String(id)}`);
    expect((await server.request(admin, 'DELETE', url)).status).toBe(204);
    expect(error(await server.request(admin, 'DELETE', url))).toMatchObject({ status: 404, type: 'ServiceProfileNotFound' });
  });

  it('says something, and no driver that nobody provides', async () => {
    const post = async (service_profile: JsonObject): Promise<JsonObject> => error(await server.request(admin, 'POST', '/v2.0/service_profiles', { service_profile }));
    expect(await post({})).toEqual({ status: 400, type: 'ServiceProfileEmpty', message: 'Service Profile needs either a driver or metainfo.' });
    expect(await post({ driver: 'x.y' })).toMatchObject({ status: 404, type: 'ServiceProfileDriverNotFound' });
    expect(await post({ metainfo: { a: 1 } })).toMatchObject({ status: 400, type: 'HTTPBadRequest' });
  });
});

describe('the providers of services', () => {
  it('are listed: none, where no service has any', async () => {
    expect((await server.request(member, 'GET', '/v2.0/service-providers')).body).toEqual({ service_providers: [] });
  });
});
