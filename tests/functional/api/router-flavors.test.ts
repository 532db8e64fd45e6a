import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const { status, outcome, object, list, create } = shortCalls(server);

const nowhere = '11111111-1111-1111-1111-111111111111';
const driver = 'neutron.services.l3_router.service_providers.single_node.SingleNodeDriver';
const making = (flavor: string | null): Promise<string> => outcome(alice, 'POST', '/v2.0/routers', { router: { flavor_id: flavor } });

async function profileAndFlavor(): Promise<{ readonly profile: string; readonly flavor: string }> {
  const profile = String((await server().create(admin, '/v2.0/service_profiles', { service_profile: { driver } }))['id']);
  return { profile, flavor: await create(admin, 'flavor', { name: 'plain', service_type: 'L3_ROUTER_NAT', service_profiles: [profile] }) };
}

describe('a router of a flavor', () => {
  it('is made of it, shows it and keeps it', async () => {
    const { flavor } = await profileAndFlavor();
    const router = await create(alice, 'router', { flavor_id: flavor });
    const plain = await create(alice, 'router', {});
    expect(await object(alice, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ flavor_id: flavor });
    expect(await object(alice, 'GET', `/v2.0/routers/${plain}`)).toMatchObject({ flavor_id: null });
    expect(await list(alice, '/v2.0/routers?sort_key=flavor_id&sort_dir=asc&fields=id')).toHaveLength(2);
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${plain}`, { router: { flavor_id: flavor } })).toBe('400 HTTPBadRequest');
    expect(await outcome(bob, 'GET', `/v2.0/routers/${router}`)).toBe('404 RouterNotFound');
    expect(await outcome(admin, 'DELETE', `/v2.0/flavors/${flavor}`)).toBe('409 FlavorInUse');
    expect(await status(alice, 'DELETE', `/v2.0/routers/${router}`)).toBe(204);
    expect(await status(admin, 'DELETE', `/v2.0/flavors/${flavor}`)).toBe(204);
  });

  it('needs a flavor with a provider', async () => {
    const { flavor, profile } = await profileAndFlavor();
    expect(await making(nowhere)).toBe('404 FlavorNotFound');
    expect(await making('x'.repeat(300))).toBe('404 FlavorNotFound');
    expect(await making(null)).toBe('404 FlavorNotFound');
    const bare = await create(admin, 'flavor', { service_type: 'L3_ROUTER_NAT' });
    expect(await making(bare)).toBe('404 FlavorServiceProfileBindingNotFound');
    expect(await status(admin, 'DELETE', `/v2.0/flavors/${flavor}/service_profiles/${profile}`)).toBe(204);
    await object(admin, 'PUT', `/v2.0/service_profiles/${profile}`, { service_profile: { enabled: false } });
    await object(admin, 'PUT', `/v2.0/flavors/${flavor}`, { flavor: { service_profiles: [profile] } });
    expect(await making(flavor)).toBe('503 ServiceProfileDisabled');
    expect(await list(alice, '/v2.0/routers')).toEqual([]);
  });

  it('may name the service profile itself instead, which stays as long as the router', async () => {
    const { flavor, profile } = await profileAndFlavor();
    const other = String((await server().create(admin, '/v2.0/service_profiles', { service_profile: { driver } }))['id']);
    const router = await create(alice, 'router', { service_type_id: other });
    const plain = await create(alice, 'router', {});
    expect(await object(alice, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ service_type_id: other, flavor_id: null });
    expect(await object(alice, 'GET', `/v2.0/routers/${plain}`)).toMatchObject({ service_type_id: null });
    expect(await list(alice, `/v2.0/routers?service_type_id=${other}&fields=id`)).toEqual([{ id: router }]);
    expect(await list(bob, `/v2.0/routers?service_type_id=${other}`)).toEqual([]);
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${plain}`, { router: { service_type_id: other } })).toBe('400 HTTPBadRequest');
    const asking = (attributes: JsonObject): Promise<string> => outcome(alice, 'POST', '/v2.0/routers', { router: attributes });
    expect(await asking({ service_type_id: nowhere })).toBe('404 ServiceProfileNotFound');
    expect(await asking({ service_type_id: 'x' })).toBe('400 HTTPBadRequest');
    expect(await asking({ service_type_id: profile, flavor_id: flavor })).toBe('400 BadRequest');
    const disabled = String((await server().create(admin, '/v2.0/service_profiles', { service_profile: { driver, enabled: false } }))['id']);
    expect(await asking({ service_type_id: disabled })).toBe('503 ServiceProfileDisabled');
    const without = String((await server().create(admin, '/v2.0/service_profiles', { service_profile: { metainfo: 'x' } }))['id']);
    expect(await asking({ service_type_id: without })).toBe('404 ServiceProfileDriverNotFound');
    expect(await outcome(admin, 'DELETE', `/v2.0/service_profiles/${other}`)).toBe('409 ServiceProfileInUse');
    expect(await outcome(admin, 'PUT', `/v2.0/service_profiles/${other}`, { service_profile: { enabled: false } })).toBe('409 ServiceProfileInUse');
    expect(await status(alice, 'DELETE', `/v2.0/routers/${router}`)).toBe(204);
    expect(await status(admin, 'DELETE', `/v2.0/service_profiles/${other}`)).toBe(204);
  });

  it('is highly available if that is the provider, whatever the default, and stays of that kind', async () => {
    const highly = String((await server().create(admin, '/v2.0/service_profiles', { service_profile: { driver: 'neutron.services.l3_router.service_providers.ha.HaDriver' } }))['id']);
    const flavor = await create(admin, 'flavor', { name: 'gold', service_type: 'L3_ROUTER_NAT', service_profiles: [highly] });
    const { flavor: plain } = await profileAndFlavor();
    const making = (choice: JsonObject): Promise<string> => outcome(admin, 'POST', '/v2.0/routers', { router: choice });
    for (const choice of [{ flavor_id: flavor }, { service_type_id: highly }, { flavor_id: flavor, ha: true }]) {
      const router = await create(admin, 'router', { ...choice, admin_state_up: false });
      expect(await object(admin, 'GET', `/v2.0/routers/${router}`)).toMatchObject({ ha: true });
      expect(await outcome(admin, 'PUT', `/v2.0/routers/${router}`, { router: { ha: false } })).toBe('400 InvalidInput');
      expect(await outcome(admin, 'PUT', `/v2.0/routers/${router}`, { router: { ha: true, name: 'n' } })).toBe('200');
    }
    expect(await making({ flavor_id: flavor, ha: false })).toBe('400 InvalidInput');
    expect(await making({ flavor_id: plain, ha: true })).toBe('400 InvalidInput');
    expect(await object(admin, 'GET', `/v2.0/routers/${await create(admin, 'router', { flavor_id: plain })}`)).toMatchObject({ ha: false });
  });

  it('has one of the providers that everybody sees', async () => {
    expect(await list(alice, '/v2.0/service-providers')).toEqual(['dvr', 'dvrha', 'ha', 'single_node'].map((name) => ({ service_type: 'L3_ROUTER_NAT', name, default: false })));
    const { flavor } = await profileAndFlavor();
    expect(await list(alice, `/v2.0/flavors/${flavor}/next_providers`)).toEqual([{ driver, provider: 'single_node' }]);
  });
});
