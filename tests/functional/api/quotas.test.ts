import { describe, expect, it } from 'vitest';
import { admin } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';

const member: Caller = { project: 'p', roles: 'member' };
const server = serverForEachTest('[quotas]\nquota_network = 3\n');

describe('quotas', () => {
  it('hold against many creates at once: not one too many', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => server().request(member, 'POST', '/v2.0/networks', { network: {} })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
    const refused = answers.filter(({ status }) => status === 409);
    expect(refused).toHaveLength(9);
    expect(refused[0]?.body['NeutronError']).toEqual({ type: 'OverQuota', message: "Quota exceeded for resources: ['network'].", detail: '' });
    expect((await server().request(member, 'GET', '/v2.0/networks')).body['networks']).toHaveLength(3);
  });

  it('count all of a bulk, which is made whole or not at all', async () => {
    const answer = await server().request(member, 'POST', '/v2.0/networks', { networks: [{}, {}, {}, {}] });
    expect(answer.status).toBe(409);
    expect((await server().request(member, 'GET', '/v2.0/networks')).body['networks']).toEqual([]);
  });

  it('are those of the project that will own the object', async () => {
    await server().request(admin, 'PUT', '/v2.0/quotas/other', { quota: { network: 0 } });
    expect((await server().request(admin, 'POST', '/v2.0/networks', { network: { project_id: 'other' } })).status).toBe(409);
    expect((await server().request(admin, 'POST', '/v2.0/networks', { network: {} })).status).toBe(201);
  });

  it('are shown, set, listed and reset', async () => {
    const url = '/v2.0/quotas/p';
    expect((await server().request(member, 'GET', url)).body['quota']).toMatchObject({ network: 3, port: 500 });
    expect((await server().request(admin, 'PUT', url, { quota: { network: 5, port: '-1' } })).body['quota']).toMatchObject({ network: 5, port: -1, subnet: 100 });
    expect((await server().request(admin, 'GET', '/v2.0/quotas')).body['quotas']).toEqual([expect.objectContaining({ tenant_id: 'p', network: 5 })]);
    expect((await server().request(member, 'GET', `${url}/default.json`)).body['quota']).toMatchObject({ network: 3 });
    await server().create(member, '/v2.0/networks', { network: {} });
    expect((await server().request(member, 'GET', `${url}/details.json`)).body['quota']).toMatchObject({ network: { limit: 5, used: 1, reserved: 0 } });
    expect((await server().request(admin, 'DELETE', url)).status).toBe(204);
    expect((await server().request(admin, 'DELETE', url)).status).toBe(404);
    expect((await server().request(member, 'GET', url)).body['quota']).toMatchObject({ network: 3 });
    expect((await server().request(member, 'GET', '/v2.0/quotas/tenant')).body['tenant']).toMatchObject({ tenant_id: 'p' });
  });

  it('may be set below what is used, unless that is to be checked', async () => {
    await server().create(member, '/v2.0/networks', { network: {} });
    expect((await server().request(admin, 'PUT', '/v2.0/quotas/p', { quota: { network: 0, check_limit: true } })).status).toBe(400);
    expect((await server().request(admin, 'PUT', '/v2.0/quotas/p', { quota: { network: 0 } })).status).toBe(200);
  });
});

describe('quotas of routers', () => {
  const withRouters = serverForEachTest('service_plugins = router\n[quotas]\nquota_router = 7\n');

  it('are kept and shown where the service is named, though there are no routers yet', async () => {
    const url = '/v2.0/quotas/p';
    expect((await withRouters().request(member, 'GET', url)).body['quota']).toMatchObject({ router: 7, floatingip: 50 });
    expect((await withRouters().request(admin, 'PUT', url, { quota: { router: 9, check_limit: true } })).body['quota']).toMatchObject({ router: 9, floatingip: 50 });
    expect((await withRouters().request(member, 'GET', `${url}/details.json`)).body['quota']).toMatchObject({ router: { limit: 9, used: 0, reserved: 0 } });
  });

  it('are not known elsewhere', async () => {
    expect((await server().request(admin, 'PUT', '/v2.0/quotas/p', { quota: { router: 9 } })).body['NeutronError']).toMatchObject({ message: "Unrecognized attribute(s) 'router'" });
  });
});
