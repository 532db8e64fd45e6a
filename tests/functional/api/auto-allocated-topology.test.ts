import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const { status, outcome, object, list, create } = shortCalls(server);

const path = (project: string, query = ''): string => `/v2.0/auto-allocated-topology/${project}${query}`;
const topology = (who: Caller, project: string): Promise<JsonObject> => object(who, 'GET', path(project));
const setDefault = (id: string, attributes: JsonObject): Promise<string> => outcome(admin, 'PUT', `/v2.0/networks/${id}`, { network: attributes });

/** A network outside that is the default one, and pools of which subnets are taken. Returns the network. */
async function deployment(): Promise<string> {
  const outside = await create(admin, 'network', { name: 'public', 'router:external': true, is_default: true });
  await create(admin, 'subnet', { network_id: outside, cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false });
  await create(admin, 'subnetpool', { name: 'v4', prefixes: ['10.0.0.0/16'], default_prefixlen: 26, is_default: true, shared: true });
  await create(admin, 'subnetpool', { name: 'v6', prefixes: ['fd00::/48'], default_prefixlen: 64, is_default: true, shared: true });
  return outside;
}

/** What is there of a project. */
async function owned(project: string): Promise<readonly string[]> {
  const found = [];
  for (const collection of ['networks', 'subnets', 'routers', 'ports']) {
    for (const { name, device_owner: owner } of await list(admin, `/v2.0/${collection}?project_id=${project}&sort_key=name&sort_dir=asc`)) found.push(String(collection === 'ports' ? owner : name));
  }
  return found;
}

describe('the network of a project that asks for no more', () => {
  it('is made with subnets and a router to the network outside, and found again', async () => {
    const outside = await deployment();
    const { id, ...more } = await topology(alice, 'alice');
    expect(more).toEqual({ project_id: 'alice', tenant_id: 'alice' });
    expect(await object(alice, 'GET', `/v2.0/networks/${String(id)}`)).toMatchObject({ name: 'auto_allocated_network', admin_state_up: true, shared: false, project_id: 'alice', is_default: false });
    expect(await list(alice, `/v2.0/subnets?network_id=${String(id)}&sort_key=ip_version&sort_dir=asc`)).toMatchObject([
      { name: 'auto_allocated_subnet_v4', cidr: '10.0.0.0/26', enable_dhcp: true },
      { name: 'auto_allocated_subnet_v6', cidr: 'fd00::/64' },
    ]);
    const [router] = await list(alice, '/v2.0/routers');
    expect(router).toMatchObject({ name: 'auto_allocated_router', admin_state_up: true, project_id: 'alice', external_gateway_info: { network_id: outside, enable_snat: true } });
    const interfaces = await list(admin, `/v2.0/ports?device_id=${String(router?.['id'])}&network_id=${String(id)}`);
    expect(interfaces.map(({ device_owner: owner }) => owner)).toEqual(['network:router_interface', 'network:router_interface']);
    expect(await topology(alice, 'None')).toMatchObject({ id });
    expect(await topology(admin, 'alice')).toMatchObject({ id, project_id: 'alice' });
    expect(await list(alice, '/v2.0/networks?name=auto_allocated_network')).toHaveLength(1);
  });

  it('goes with all that was made for it, and not at all while ports are on it', async () => {
    await deployment();
    const { id } = await topology(alice, 'alice');
    const port = await create(alice, 'port', { network_id: String(id) });
    expect(await outcome(alice, 'DELETE', path('alice'))).toBe('409 NetworkInUse');
    expect(await topology(alice, 'alice')).toMatchObject({ id });
    expect(await status(alice, 'DELETE', `/v2.0/ports/${port}`)).toBe(204);
    expect(await status(alice, 'DELETE', path('alice'))).toBe(204);
    expect(await owned('alice')).toEqual([]);
    // There being none is what was asked for.
    expect(await status(alice, 'DELETE', path('alice'))).toBe(204);
    expect(await owned('alice')).toEqual([]);
    expect((await topology(alice, 'alice'))['id']).not.toBe(id);
    expect(await status(alice, 'DELETE', path('None'))).toBe(204);
  });

  it('is for its own project, and for administrators', async () => {
    await deployment();
    expect(await outcome(bob, 'GET', path('alice'))).toBe('403 NotAuthorized');
    expect(await outcome(bob, 'GET', path('alice', '?fields=dry-run'))).toBe('403 NotAuthorized');
    expect(await owned('alice')).toEqual([]);
    const { id } = await topology(alice, 'alice');
    expect(await outcome(bob, 'DELETE', path('alice'))).toBe('403 NotAuthorized');
    expect(await outcome(bob, 'GET', `/v2.0/networks/${String(id)}`)).toBe('404 NetworkNotFound');
    expect((await topology(bob, 'bob'))['id']).not.toBe(id);
    expect(await topology(admin, 'carol')).toMatchObject({ project_id: 'carol' });
    expect((await owned('carol')).slice(0, 4)).toEqual(['auto_allocated_network', 'auto_allocated_subnet_v4', 'auto_allocated_subnet_v6', 'auto_allocated_router']);
    expect(await status(admin, 'DELETE', path('carol'))).toBe(204);
    expect(await owned('carol')).toEqual([]);
  });

  it('is one, however many ask for it at once', async () => {
    await deployment();
    const all = await Promise.all([1, 2, 3].map(() => topology(alice, 'alice')));
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect((await owned('alice')).filter((name) => name.startsWith('auto'))).toEqual(['auto_allocated_network', 'auto_allocated_subnet_v4', 'auto_allocated_subnet_v6', 'auto_allocated_router']);
  });

  it('needs a network outside and pools, which can be found out beforehand', async () => {
    const dry = (): Promise<string> => outcome(alice, 'GET', path('alice', '?fields=dry-run'));
    expect(await dry()).toBe('409 AutoAllocationFailure');
    expect(await outcome(alice, 'GET', path('alice'))).toBe('409 AutoAllocationFailure');
    await create(admin, 'network', { 'router:external': true, is_default: true });
    expect(((await server().request(alice, 'GET', path('alice', '?fields=dry-run'))).body['NeutronError'] as JsonObject)['message']).toBe('Deployment error: No default subnetpools defined.');
    expect(((await server().request(alice, 'GET', path('alice'))).body['NeutronError'] as JsonObject)['message']).toBe('Deployment error: Unable to provide tenant private network.');
    await create(admin, 'subnetpool', { name: 'v4', prefixes: ['10.0.0.0/16'], is_default: true, shared: true });
    expect(await object(alice, 'GET', path('alice', '?fields=dry-run'))).toEqual({ id: 'dry-run=pass', project_id: 'alice', tenant_id: 'alice' });
    expect(await owned('alice')).toEqual([]);
    expect(await outcome(alice, 'GET', path('alice', '?fields=id'))).toBe('400 BadRequest');
    expect(await outcome(admin, 'GET', path('x'.repeat(256)))).toBe('400 BadRequest');
  });

  it('leaves nothing behind where it cannot be made whole', async () => {
    const outside = await deployment();
    const [pool] = await list(admin, '/v2.0/subnetpools?name=v6');
    const own = await create(alice, 'network', { name: 'own' });
    await create(alice, 'subnet', { name: 'own too', network_id: own, ip_version: 6, subnetpool_id: pool?.['id'] ?? '' });
    await object(admin, 'PUT', `/v2.0/subnetpools/${String(pool?.['id'])}`, { subnetpool: { default_quota: 1 } });
    expect(await outcome(alice, 'GET', path('alice'))).toBe('409 SubnetPoolQuotaExceeded');
    expect(await owned('alice')).toEqual(['own', 'own too']);
    await object(admin, 'PUT', `/v2.0/subnetpools/${String(pool?.['id'])}`, { subnetpool: { is_default: false } });
    // The pool's addresses are those of the network outside: no router can have both.
    const [other] = await list(admin, '/v2.0/subnetpools?name=v4');
    await object(admin, 'PUT', `/v2.0/subnetpools/${String(other?.['id'])}`, { subnetpool: { is_default: false } });
    await create(admin, 'subnetpool', { name: 'same', prefixes: ['203.0.113.0/24'], default_prefixlen: 26, is_default: true, shared: true });
    expect(await outcome(alice, 'GET', path('alice'))).toBe('409 AutoAllocationFailure');
    expect(await owned('alice')).toEqual(['own', 'own too']);
    expect(await list(admin, `/v2.0/ports?network_id=${outside}`)).toEqual([]);
  });
});

describe('the default network outside', () => {
  it('is one at most, and leads outside', async () => {
    const first = await create(admin, 'network', { 'router:external': true, is_default: true });
    const second = await create(admin, 'network', { 'router:external': true });
    const inside = await create(admin, 'network', {});
    expect(await list(admin, '/v2.0/networks?is_default=true&fields=id')).toEqual([{ id: first }]);
    expect(await outcome(admin, 'POST', '/v2.0/networks', { network: { 'router:external': true, is_default: true } })).toBe('409 DefaultExternalNetworkExists');
    expect(await setDefault(second, { is_default: true })).toBe('409 DefaultExternalNetworkExists');
    expect(await setDefault(first, { is_default: true, name: 'public' })).toBe('200');
    expect(await setDefault(first, { is_default: false })).toBe('200');
    expect(await setDefault(inside, { is_default: true })).toBe('200');
    expect(await object(admin, 'GET', `/v2.0/networks/${inside}`)).toMatchObject({ is_default: false });
    expect(await setDefault(second, { is_default: true })).toBe('200');
    expect(await setDefault(second, { 'router:external': false })).toBe('200');
    expect(await object(admin, 'GET', `/v2.0/networks/${second}`)).toMatchObject({ is_default: false });
    expect(await setDefault(first, { is_default: true })).toBe('200');
    const [policy] = await list(admin, `/v2.0/rbac-policies?object_id=${first}`);
    expect(await outcome(admin, 'DELETE', `/v2.0/rbac-policies/${String(policy?.['id'])}`)).toBe('409 RbacPolicyInUse');
  });

  it('is for administrators to name', async () => {
    const outside = await create(admin, 'network', { 'router:external': true });
    expect(await outcome(alice, 'POST', '/v2.0/networks', { network: { is_default: true } })).toBe('403 PolicyNotAuthorized');
    expect(await outcome(alice, 'PUT', `/v2.0/networks/${outside}`, { network: { is_default: true } })).toBe('403 PolicyNotAuthorized');
    expect(await outcome(admin, 'PUT', `/v2.0/networks/${outside}`, { network: { is_default: null } })).toMatch(/^400 /);
  });

  it('no longer is one that leads outside for nobody', async () => {
    const first = await create(admin, 'network', {});
    const policy = await create(admin, 'rbac_policy', { object_type: 'network', object_id: first, action: 'access_as_external', target_tenant: 'alice' });
    expect(await setDefault(first, { is_default: true })).toBe('200');
    expect(await status(admin, 'DELETE', `/v2.0/rbac-policies/${policy}`)).toBe(204);
    expect(await object(admin, 'GET', `/v2.0/networks/${first}`)).toMatchObject({ is_default: false });
    expect(await list(admin, '/v2.0/networks?is_default=true')).toEqual([]);
    const second = await create(admin, 'network', { 'router:external': true, is_default: true });
    expect(await object(admin, 'GET', `/v2.0/networks/${second}`)).toMatchObject({ is_default: true });
  });
});
