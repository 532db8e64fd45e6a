import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { admin } from '../../support/callers.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { shortCalls } from '../../support/short-calls.ts';

let server: NetworkServer;
const { create, list, object, outcome } = shortCalls(() => server);

beforeAll(async () => {
  server = await networkServer('service_plugins = router,port_forwarding,conntrack_helper,auto_allocate,flavors\n');
});
afterAll(() => server[Symbol.asyncDispose]());

const collections = (): readonly string[] => server.routes.flatMap((route) => /^GET \/v2\.0\/([a-z_-]+)$/.exec(route)?.[1] ?? []);

describe('collections', () => {
  test('are found with dashes and with underscores', async () => {
    const joined = collections().filter((collection) => /[-_]/.test(collection));
    expect(joined).toEqual(expect.arrayContaining(['security-groups', 'security-group-rules', 'rbac-policies', 'service_profiles', 'availability_zones']));
    for (const collection of joined) {
      const whole = (await server.request(admin, 'GET', `/v2.0/${collection}`)).body;
      for (const spelling of [collection.replaceAll('_', '-'), collection.replaceAll('-', '_')]) {
        const answer = await server.request(admin, 'GET', `/v2.0/${spelling}`);
        expect([spelling, answer.status, answer.body]).toEqual([spelling, 200, whole]);
      }
    }
  });

  test('are written to in either spelling', async () => {
    const made = await server.create(admin, '/v2.0/security_groups.json', { security_group: { name: 'g' } });
    const path = `/v2.0/security_groups/${String(made['id'])}`;
    expect(await object(admin, 'PUT', path, { security_group: { name: 'h' } })).toMatchObject({ name: 'h' });
    expect(await outcome(admin, 'PUT', `${path}/tags/a_b-c`)).toBe('201');
    expect(await list(admin, `/v2.0/security_groups?tags=a_b-c&fields=name`)).toEqual([{ name: 'h' }]);
    expect((await server.request(admin, 'DELETE', '/v2.0/security_groups')).status).toBe(405);
    expect(await outcome(admin, 'DELETE', path)).toBe('204');
    expect(await outcome(admin, 'GET', path)).toBe('404 SecurityGroupNotFound');
  });

  test('of an object are, too; what is done to it has one spelling', async () => {
    const router = await create(admin, 'router', {});
    for (const spelling of ['conntrack_helpers', 'conntrack-helpers']) expect(await list(admin, `/v2.0/routers/${router}/${spelling}`)).toEqual([]);
    for (const spelling of ['l3-agents', 'l3_agents']) expect(await list(admin, `/v2.0/routers/${router}/${spelling}`)).toEqual([]);
    expect(await outcome(admin, 'PUT', `/v2.0/routers/${router}/add_router_interface`, {})).toBe('400 BadRequest');
    expect(await outcome(admin, 'PUT', `/v2.0/routers/${router}/add-router-interface`, {})).toMatch(/^404/);
  });

  test('that are none are not found', async () => {
    for (const path of ['/v2.0/net_works', '/v2.0/net-works', '/v2.0/__proto__', '/v2.0/security_groups_']) expect((await server.request(admin, 'GET', path)).status).toBe(404);
  });
});
