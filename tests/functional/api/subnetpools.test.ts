import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';

const admin: Caller = { project: 'admin' };
const owner: Caller = { project: 'p', roles: 'member' };
const other: Caller = { project: 'q', roles: 'member' };
let server: NetworkServer;

beforeEach(async () => {
  server = await networkServer();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  if (server.errors.length > 0) throw new Error(server.errors.join('\n'));
});

const pool = (given: JsonObject = {}, caller = owner): Promise<JsonObject> =>
  server.create(caller, '/v2.0/subnetpools', { subnetpool: { name: 'pool', prefixes: ['10.0.0.0/16'], min_prefixlen: 16, default_prefixlen: 24, ...given } });
const network = (caller = owner, given: JsonObject = {}): Promise<JsonObject> => server.create(caller, '/v2.0/networks', { network: given });
const scope = (given: JsonObject = {}, caller = owner): Promise<JsonObject> => server.create(caller, '/v2.0/address-scopes', { address_scope: { ip_version: 4, ...given } });

async function post(caller: Caller, resource: string, body: JsonObject): Promise<Answer> {
  return server.request(caller, 'POST', `/v2.0/${resource.replace('_', '-')}s`, { [resource]: body });
}

async function put(caller: Caller, path: string, body: Json): Promise<Answer> {
  return server.request(caller, 'PUT', `/v2.0/${path}`, body);
}

/** A subnet of a network of its own. */
async function subnetFrom(poolId: Json | undefined, given: JsonObject = {}, caller = owner): Promise<JsonObject> {
  const { id } = await network(caller);
  return server.create(caller, '/v2.0/subnets', { subnet: { network_id: id, ip_version: 4, subnetpool_id: poolId, ...given } });
}

function error({ status, body }: Answer): JsonObject {
  const fault = body['NeutronError'];
  return { status, ...(isJsonObject(fault) ? { type: fault['type'], message: fault['message'] } : {}) };
}

describe('a subnet pool', () => {
  it('has bounds of its own accord, shows prefix lengths as text, and joins its prefixes', async () => {
    const made = await server.create(owner, '/v2.0/subnetpools', { subnetpool: { name: 'a', prefixes: ['10.0.0.0/24', '10.0.1.7/24'], min_prefixlen: '24' } });
    expect(made).toMatchObject({
      name: 'a', project_id: 'p', tenant_id: 'p', ip_version: 4, prefixes: ['10.0.0.0/23'], min_prefixlen: '24', max_prefixlen: '32', default_prefixlen: '24',
      default_quota: null, is_default: false, shared: false, address_scope_id: null, description: '', tags: [], revision_number: 0,
    });
    expect(await pool({ prefixes: ['fd00::/48'], min_prefixlen: 48, default_prefixlen: 64 })).toMatchObject({ ip_version: 6, max_prefixlen: '128', default_prefixlen: '64' });
  });

  it.each([
    ['has none of its prefixes', { prefixes: [] }, 'EmptySubnetPoolPrefixList'],
    ['mixes IP versions', { prefixes: ['10.0.0.0/8', 'fd00::/48'] }, 'PrefixVersionMismatch'],
    ['has a minimum beyond its maximum', { min_prefixlen: 25, max_prefixlen: 24 }, 'IllegalSubnetPoolPrefixBounds'],
    ['has a maximum that no address has', { max_prefixlen: 33 }, 'IllegalSubnetPoolPrefixBounds'],
    ['has a default beyond its bounds', { default_prefixlen: 15 }, 'IllegalSubnetPoolPrefixBounds'],
    ['has a prefix that is none', { prefixes: ['10.0.0.0'] }, 'HTTPBadRequest'],
    ['has a blank name', { name: ' ' }, 'HTTPBadRequest'],
    ['has a negative quota', { default_quota: -1 }, 'HTTPBadRequest'],
  ])('that %s is refused', async (_why, given, type) => {
    const answer = await post(owner, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/16'], min_prefixlen: 16, ...given });
    expect(error(answer)).toMatchObject({ status: 400, type });
  });

  it('is its project’s alone, unless it is shared; only an admin shares it or makes it the default', async () => {
    const own = await pool();
    const shared = await pool({ shared: true }, admin);
    expect(error(await post(owner, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/8'], shared: true }))).toMatchObject({ status: 403 });
    expect(error(await post(owner, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/8'], is_default: true }))).toMatchObject({ status: 403 });
    const listed = (await server.request(other, 'GET', '/v2.0/subnetpools?fields=id&fields=shared')).body['subnetpools'];
    expect(listed).toEqual([{ id: shared['id'], shared: true }]);
    expect((await server.request(other, 'GET', '/v2.0/subnetpools?shared=false')).body['subnetpools']).toEqual([]);
    for (const [method, body] of [['GET'], ['PUT', { subnetpool: { name: 'b' } }], ['DELETE']] as const) {
      expect((await server.request(other, method, `/v2.0/subnetpools/${String(own['id'])}`, body)).status).toBe(404);
    }
    expect((await put(other, `subnetpools/${String(shared['id'])}`, { subnetpool: { name: 'b' } })).status).toBe(403);
    expect((await put(other, `subnetpools/${String(own['id'])}/add_prefixes`, { prefixes: ['11.0.0.0/8'] })).status).toBe(404);
    expect((await put(other, `subnetpools/${String(shared['id'])}/add_prefixes`, { prefixes: ['11.0.0.0/8'] })).status).toBe(403);
    expect((await put(admin, `subnetpools/${String(own['id'])}`, { subnetpool: { shared: true } })).status).toBe(400);
  });

  it('grows and never shrinks, and changes with its revision', async () => {
    const { id } = await pool();
    const path = `subnetpools/${String(id)}`;
    expect(error(await put(owner, path, { subnetpool: { prefixes: ['10.0.0.0/17'] } }))).toEqual({
      status: 400, type: 'IllegalSubnetPoolPrefixUpdate', message: 'Illegal update to prefixes: Existing prefixes must be a subset of the new prefixes.',
    });
    expect((await put(owner, path, { subnetpool: { prefixes: ['10.0.0.0/17', '10.0.128.0/17', '11.0.0.0/8'] } })).body['subnetpool']).toMatchObject({ prefixes: ['10.0.0.0/16', '11.0.0.0/8'] });
    expect((await put(owner, path, { subnetpool: { prefixes: ['10.0.0.0/15', '11.0.0.0/8'], max_prefixlen: 30, name: 'b' } })).body['subnetpool']).toMatchObject({
      prefixes: ['10.0.0.0/15', '11.0.0.0/8'], max_prefixlen: '30', default_prefixlen: '24', name: 'b', revision_number: 2,
    });
    const stale = await server.request(owner, 'PUT', `/v2.0/${path}`, { subnetpool: { name: 'c' } }, { 'If-Match': 'revision_number=1' });
    expect(stale.status).toBe(412);
    expect(error(await put(owner, path, { subnetpool: { max_prefixlen: 20 } }))).toMatchObject({ type: 'IllegalSubnetPoolPrefixBounds' });
  });

  it('is the only default of its IP version, also when several are made at once', async () => {
    const answers = await Promise.all(
      ['10.0.0.0/8', '11.0.0.0/8', '12.0.0.0/8'].map((prefix) => post(admin, 'subnetpool', { name: 'd', prefixes: [prefix], is_default: true })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 400, 400]);
    const first = answers.find(({ status }) => status === 201)?.body['subnetpool'] as JsonObject;
    expect(await pool({ prefixes: ['fd00::/48'], min_prefixlen: 48, default_prefixlen: 64, is_default: true }, admin)).toMatchObject({ is_default: true });
    await put(admin, `subnetpools/${String(first['id'])}`, { subnetpool: { is_default: false } });
    const second = await pool();
    expect((await put(admin, `subnetpools/${String(second['id'])}`, { subnetpool: { is_default: true } })).body['subnetpool']).toMatchObject({ is_default: true });
  });

  it('counts to its project’s quota', async () => {
    await put(admin, 'quotas/p', { quota: { subnetpool: 1 } });
    await pool();
    expect(error(await post(owner, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/8'] }))).toMatchObject({ status: 409, type: 'OverQuota' });
  });

  it('is not deleted while subnets have prefixes of it', async () => {
    const { id } = await pool();
    const subnet = await subnetFrom(id);
    expect(error(await server.request(owner, 'DELETE', `/v2.0/subnetpools/${String(id)}`))).toEqual({
      status: 400, type: 'SubnetPoolDeleteError', message: 'Unable to delete subnet pool: Subnet pool has existing allocations.',
    });
    await server.request(owner, 'DELETE', `/v2.0/subnets/${String(subnet['id'])}`);
    expect((await server.request(owner, 'DELETE', `/v2.0/subnetpools/${String(id)}`)).status).toBe(204);
    expect(error(await server.request(owner, 'GET', `/v2.0/subnetpools/${String(id)}`))).toMatchObject({ status: 404, type: 'SubnetPoolNotFound' });
  });

  it('can be tagged', async () => {
    const { id } = await pool();
    expect((await put(owner, `subnetpools/${String(id)}/tags`, { tags: ['red'] })).status).toBe(200);
    expect((await server.request(owner, 'GET', '/v2.0/subnetpools?tags=red')).body['subnetpools']).toHaveLength(1);
  });
});

describe('a subnet of a pool', () => {
  it('has the first prefix that is free, of the length that it asks for or the pool’s default', async () => {
    const { id } = await pool();
    expect(await subnetFrom(id)).toMatchObject({ cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.254' }], subnetpool_id: id });
    expect(await subnetFrom(id, { prefixlen: 26, gateway_ip: null })).toMatchObject({ cidr: '10.0.1.0/26', gateway_ip: null });
    expect(await subnetFrom(id, { prefixlen: 28 })).toMatchObject({ cidr: '10.0.1.64/28' });
    expect(await subnetFrom(id, { cidr: '10.0.7.9/24' })).toMatchObject({ cidr: '10.0.7.0/24', subnetpool_id: id });
    expect(await subnetFrom(id, { prefixlen: 24, gateway_ip: '10.0.9.254' })).toMatchObject({ cidr: '10.0.9.0/24', gateway_ip: '10.0.9.254' });
    expect((await server.request(owner, 'GET', `/v2.0/subnets?subnetpool_id=${String(id)}`)).body['subnets']).toHaveLength(5);
    expect((await server.request(owner, 'GET', '/v2.0/subnets?subnetpool_id=')).body['subnets']).toEqual([]);
  });

  it.each<readonly [string, JsonObject, number, string, string]>([
    ['both its prefix and a length', { cidr: '10.0.0.0/24', prefixlen: 24 }, 400, 'BadRequest', 'Bad subnets request: cidr and prefixlen must not be supplied together.'],
    ['a prefix of another IP version', { ip_version: 6 }, 400, 'BadRequest', 'Bad subnets request: Cannot allocate IPv6 subnet from IPv4 subnet pool.'],
    ['too long a prefix', { prefixlen: 15 }, 400, 'MinPrefixSubnetAllocationError', 'Unable to allocate subnet with prefix length 15, minimum allowed prefix is 16.'],
    ['too short a prefix', { prefixlen: 29 }, 400, 'MaxPrefixSubnetAllocationError', 'Unable to allocate subnet with prefix length 29, maximum allowed prefix is 28.'],
    ['pools in a prefix that it does not know', { allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.9' }] }, 400, 'BadRequest', 'Bad subnets request: allocation_pools allowed only for specific subnet requests..'],
    ['a prefix that the pool lacks', { cidr: '11.0.0.0/24' }, 409, 'SubnetAllocationError', 'Failed to allocate subnet: Cannot allocate requested subnet from the available set of prefixes.'],
    ['the default pool, too', { use_default_subnetpool: true }, 400, 'BadRequest', 'Bad subnets request: subnetpool_id and use_default_subnetpool cannot both be specified.'],
    ['what is no id', { subnetpool_id: 'x' }, 400, 'HTTPBadRequest', "Invalid input for subnetpool_id. Reason: 'x' is not a valid UUID."],
  ])('that asks for %s is refused', async (_what, given, status, type, message) => {
    const { id } = await pool({ max_prefixlen: 28 });
    const { id: network_id } = await network();
    expect(error(await post(owner, 'subnet', { network_id, ip_version: 4, subnetpool_id: id, ...given }))).toEqual({ status, type, message });
  });

  it('needs a pool or a prefix', async () => {
    const { id: network_id } = await network();
    expect(error(await post(owner, 'subnet', { network_id, ip_version: 4 }))).toEqual({
      status: 400, type: 'BadRequest', message: 'Bad subnets request: a subnetpool must be specified in the absence of a cidr.',
    });
    expect(error(await post(owner, 'subnet', { network_id, ip_version: 4, use_default_subnetpool: true }))).toEqual({
      status: 400, type: 'BadRequest', message: 'Bad subnets request: No default subnetpool found for IPv4.',
    });
  });

  it('may take the default pool’s, where that is the project’s to use', async () => {
    const { id } = await pool({ is_default: true }, admin);
    const { id: network_id } = await network();
    expect((await post(owner, 'subnet', { network_id, ip_version: 4, use_default_subnetpool: true })).status).toBe(400);
    await put(admin, `subnetpools/${String(id)}`, { subnetpool: { is_default: false } });
    const shared = await pool({ is_default: true, shared: true }, admin);
    const made = await server.create(owner, '/v2.0/subnets', { subnet: { network_id, ip_version: 4, use_default_subnetpool: true } });
    expect(made).toMatchObject({ subnetpool_id: shared['id'], cidr: '10.0.0.0/24' });
    expect(made).not.toHaveProperty('use_default_subnetpool');
    expect(made).not.toHaveProperty('prefixlen');
  });

  it('cannot come from another project’s pool', async () => {
    const { id } = await pool();
    const { id: network_id } = await network(other);
    expect(error(await post(other, 'subnet', { network_id, ip_version: 4, subnetpool_id: id }))).toEqual({
      status: 404, type: 'SubnetPoolNotFound', message: `Subnet pool ${String(id)} could not be found.`,
    });
  });

  it('shares its prefix with no other, however many are made at once; what does not fit is refused', async () => {
    const { id } = await pool({ prefixes: ['10.0.0.0/26'], min_prefixlen: 26, default_prefixlen: 28, shared: true }, admin);
    const networks = await Promise.all(Array.from({ length: 7 }, () => network()));
    const answers = await Promise.all(networks.map(({ id: network_id }) => post(owner, 'subnet', { network_id, ip_version: 4, subnetpool_id: id })));
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => (body['subnet'] as JsonObject)['cidr']);
    expect(made.toSorted()).toEqual(['10.0.0.0/28', '10.0.0.16/28', '10.0.0.32/28', '10.0.0.48/28']);
    expect(answers.filter(({ status }) => status !== 201).map(error)).toEqual(
      Array(3).fill({ status: 409, type: 'SubnetAllocationError', message: 'Failed to allocate subnet: Insufficient prefix space to allocate subnet size /28.' }),
    );
  });

  it('takes no more than the pool’s quota lets its project have', async () => {
    const { id } = await pool({ default_quota: 300, shared: true }, admin);
    await subnetFrom(id);
    const { id: network_id } = await network();
    expect(error(await post(owner, 'subnet', { network_id, ip_version: 4, subnetpool_id: id }))).toEqual({
      status: 409, type: 'SubnetPoolQuotaExceeded', message: 'Per-tenant subnet pool prefix quota exceeded.',
    });
    expect(await subnetFrom(id, { prefixlen: 27 })).toMatchObject({ cidr: '10.0.1.0/27' });
    // Another project has its own.
    expect(await subnetFrom(id, {}, other)).toMatchObject({ cidr: '10.0.2.0/24' });
    const six = await pool({ prefixes: ['fd00::/48'], min_prefixlen: 56, default_prefixlen: 64, default_quota: 1 });
    expect(await subnetFrom(six['id'], { ip_version: 6 })).toMatchObject({ cidr: 'fd00::/64', gateway_ip: 'fd00::1' });
    expect((await post(owner, 'subnet', { network_id, ip_version: 6, subnetpool_id: six['id'] })).status).toBe(409);
  });

  it('is of the same pool as the others of its network and IP version', async () => {
    const affinity = { status: 400, type: 'NetworkSubnetPoolAffinityError', message: 'Subnets hosted on the same network must be allocated from the same subnet pool.' };
    const one = await pool();
    const two = await pool({ prefixes: ['11.0.0.0/16'] });
    const six = await pool({ prefixes: ['fd00::/48'], min_prefixlen: 48, default_prefixlen: 64 });
    const { network_id } = await subnetFrom(one['id']);
    const on = (given: JsonObject): Promise<Answer> => post(owner, 'subnet', { network_id, ip_version: 4, ...given });
    expect(error(await on({ subnetpool_id: two['id'] }))).toEqual(affinity);
    expect(error(await on({ cidr: '12.0.0.0/24' }))).toEqual(affinity);
    expect((await on({ subnetpool_id: one['id'] })).status).toBe(201);
    expect((await on({ subnetpool_id: six['id'], ip_version: 6 })).status).toBe(201);
    const plain = await network();
    await server.create(owner, '/v2.0/subnets', { subnet: { network_id: plain['id'], ip_version: 4, cidr: '12.0.0.0/24' } });
    expect(error(await post(owner, 'subnet', { network_id: plain['id'], ip_version: 4, subnetpool_id: one['id'] }))).toEqual(affinity);
  });

  it('gives its prefix back when it is deleted, alone or with its network', async () => {
    const { id } = await pool({ prefixes: ['10.0.0.0/24'], min_prefixlen: 24 });
    const first = await subnetFrom(id);
    await server.request(owner, 'DELETE', `/v2.0/networks/${String(first['network_id'])}`);
    const second = await subnetFrom(id);
    await server.request(owner, 'DELETE', `/v2.0/subnets/${String(second['id'])}`);
    expect(await subnetFrom(id)).toMatchObject({ cidr: '10.0.0.0/24' });
  });
});

describe('a subnet whose prefix is to be delegated', () => {
  const modes = { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' };

  it('has ::/64 until then, as others on its network may have, and its ports addresses in it', async () => {
    const first = await subnetFrom('prefix_delegation', { ip_version: 6, ...modes });
    expect(first).toMatchObject({ cidr: '::/64', subnetpool_id: 'prefix_delegation', ...modes });
    const { network_id } = first;
    expect((await post(owner, 'subnet', { network_id, ip_version: 6, subnetpool_id: 'prefix_delegation', ...modes })).status).toBe(201);
    const port = await server.create(owner, '/v2.0/ports', { port: { network_id, mac_address: 'fa:16:3e:20:15:21' } });
    expect(port['fixed_ips']).toHaveLength(2);
    expect(port['fixed_ips']).toContainEqual({ subnet_id: first['id'], ip_address: '::f816:3eff:fe20:1521' });
    expect((await put(owner, `subnets/${String(first['id'])}`, { subnet: { name: 'x' } })).status).toBe(200);
    expect(error(await post(owner, 'subnet', { network_id, ip_version: 6, cidr: 'fd00::/64' }))).toMatchObject({ type: 'NetworkSubnetPoolAffinityError' });
  });

  it.each<readonly [string, JsonObject, string]>([
    ['is of IPv4', { ip_version: 4 }, 'Prefix Delegation can only be used with IPv6 subnets.'],
    ['says nothing of router advertisements', { ip_version: 6, ipv6_address_mode: 'slaac' }, 'IPv6 RA Mode must be SLAAC or Stateless for Prefix Delegation.'],
    ['assigns addresses', { ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' }, 'IPv6 Address Mode must be SLAAC or Stateless for Prefix Delegation.'],
  ])('is refused where it %s', async (_why, given, message) => {
    const { id: network_id } = await network();
    const answer = await post(owner, 'subnet', { network_id, subnetpool_id: 'prefix_delegation', ...given });
    expect(error(answer)).toEqual({ status: 400, type: 'BadRequest', message: `Bad subnets request: ${message}.` });
  });

  it('is what the default pool means in IPv6, where the operator says so', async () => {
    await using delegating = await networkServer('ipv6_pd_enabled = true\n');
    const { id: network_id } = await delegating.create(owner, '/v2.0/networks', { network: {} });
    const made = await delegating.create(owner, '/v2.0/subnets', { subnet: { network_id, ip_version: 6, use_default_subnetpool: true, ...modes } });
    expect(made).toMatchObject({ subnetpool_id: 'prefix_delegation', cidr: '::/64' });
  });
});

describe('the prefixes of a pool', () => {
  it('are added, and removed where no subnet has them', async () => {
    const { id } = await pool();
    const path = `subnetpools/${String(id)}`;
    expect((await put(owner, `${path}/add_prefixes`, { prefixes: ['12.0.0.0/24', '10.0.5.0/24'] })).body).toEqual({ prefixes: ['10.0.0.0/16', '12.0.0.0/24'] });
    expect((await put(owner, `${path}/remove_prefixes`, { prefixes: ['12.0.0.0/25'] })).body).toEqual({ prefixes: ['10.0.0.0/16', '12.0.0.128/25'] });
    expect((await put(owner, `${path}/remove_prefixes`, { prefixes: ['13.0.0.0/25'] })).body).toEqual({ prefixes: ['10.0.0.0/16', '12.0.0.128/25'] });
    await subnetFrom(id);
    expect(error(await put(owner, `${path}/remove_prefixes`, { prefixes: ['10.0.0.128/25'] }))).toEqual({
      status: 400, type: 'IllegalSubnetPoolPrefixUpdate', message: 'Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet..',
    });
    expect((await put(owner, `${path}/remove_prefixes`, { prefixes: ['10.0.128.0/17'] })).body).toEqual({ prefixes: ['10.0.0.0/17', '12.0.0.128/25'] });
  });

  it.each<readonly [string, Json, string]>([
    ['no list', {}, 'HTTPBadRequest'],
    ['an empty one', { prefixes: [] }, 'HTTPBadRequest'],
    ['what is no prefix', { prefixes: ['x', null] }, 'HTTPBadRequest'],
    ['no object', [], 'HTTPBadRequest'],
    ['prefixes of the other IP version', { prefixes: ['fd00::/48'] }, 'PrefixVersionMismatch'],
  ])('are not changed by %s', async (_what, body, type) => {
    const { id } = await pool();
    expect(error(await put(owner, `subnetpools/${String(id)}/add_prefixes`, body))).toMatchObject({ status: 400, type });
  });

  it('come to hold those of the subnets that are onboarded, with all subnets of a network', async () => {
    const { id } = await pool();
    const { id: network_id } = await network();
    const made = [];
    for (const [cidr, ip_version] of [['20.0.0.0/24', 4], ['20.0.1.0/24', 4], ['fd00::/64', 6]] as const) {
      made.push(await server.create(owner, '/v2.0/subnets', { subnet: { network_id, ip_version, cidr } }));
    }
    const answer = await put(owner, `subnetpools/${String(id)}/onboard_network_subnets`, { network_id });
    expect(answer).toMatchObject({ status: 200 });
    expect((await server.request(owner, 'GET', `/v2.0/subnetpools/${String(id)}`)).body['subnetpool']).toMatchObject({ prefixes: ['10.0.0.0/16', '20.0.0.0/23'] });
    const subnets = await Promise.all(made.map((subnet) => server.request(owner, 'GET', `/v2.0/subnets/${String(subnet['id'])}`)));
    expect(subnets.map(({ body }) => (body['subnet'] as JsonObject)['subnetpool_id'])).toEqual([id, id, null]);
    expect(error(await put(owner, `subnetpools/${String(id)}/onboard_network_subnets`, { network_id }))).toMatchObject({ status: 400, type: 'IllegalSubnetPoolUpdate' });
  });

  it('are not onboarded from another project’s network, shared or not', async () => {
    const { id } = await pool();
    const closed = await network(other);
    const shared = await network(admin, { shared: true });
    const path = `subnetpools/${String(id)}/onboard_network_subnets`;
    expect(error(await put(owner, path, { network_id: closed['id'] }))).toMatchObject({ status: 404, type: 'NetworkNotFound' });
    expect(error(await put(owner, path, { network_id: shared['id'] }))).toEqual({ status: 403, type: 'NotAuthorized', message: 'Not authorized.' });
    expect(error(await put(owner, path, {}))).toMatchObject({ status: 400, type: 'InvalidInput' });
    expect(error(await put(owner, path, { network_id: 7 }))).toMatchObject({ status: 400, type: 'InvalidInput' });
  });
});

describe('an address scope', () => {
  it('is made, renamed, shared for good, and deleted', async () => {
    const made = await scope({ name: 's' });
    expect(made).toEqual({ id: made['id'], name: 's', project_id: 'p', tenant_id: 'p', ip_version: 4, shared: false });
    const path = `address-scopes/${String(made['id'])}`;
    expect((await put(owner, path, { address_scope: { name: 't' } })).body['address_scope']).toMatchObject({ name: 't' });
    expect((await put(owner, path, { address_scope: { shared: true } })).status).toBe(403);
    expect((await put(admin, path, { address_scope: { shared: true } })).body['address_scope']).toMatchObject({ shared: true });
    expect(error(await put(admin, path, { address_scope: { shared: false } }))).toEqual({
      status: 400, type: 'AddressScopeUpdateError', message: `Unable to update address scope ${String(made['id'])} : Shared address scope can't be unshared.`,
    });
    expect((await put(owner, path, { address_scope: { ip_version: 6 } })).status).toBe(400);
    expect((await server.request(owner, 'DELETE', `/v2.0/${path}`)).status).toBe(204);
    expect(error(await server.request(owner, 'GET', `/v2.0/${path}`))).toMatchObject({ status: 404, type: 'AddressScopeNotFound' });
  });

  it('is its project’s alone, unless it is shared', async () => {
    const own = await scope();
    const shared = await scope({ shared: true }, admin);
    expect((await post(owner, 'address_scope', { ip_version: 4, shared: true })).status).toBe(403);
    expect((await server.request(other, 'GET', '/v2.0/address-scopes?fields=id')).body['address_scopes']).toEqual([{ id: shared['id'] }]);
    expect((await server.request(other, 'GET', '/v2.0/address-scopes?shared=true')).body['address_scopes']).toHaveLength(1);
    expect((await server.request(other, 'DELETE', `/v2.0/address-scopes/${String(own['id'])}`)).status).toBe(404);
    expect((await server.request(other, 'DELETE', `/v2.0/address-scopes/${String(shared['id'])}`)).status).toBe(403);
    expect(error(await post(other, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/8'], address_scope_id: own['id'] }))).toMatchObject({ status: 404, type: 'AddressScopeNotFound' });
  });

  it('holds pools whose prefixes overlap nowhere, also when they come at once, and is kept while it has any', async () => {
    const { id: address_scope_id } = await scope();
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post(owner, 'subnetpool', { name: 'a', prefixes: ['10.0.0.0/16'], min_prefixlen: 16, address_scope_id })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
    expect(answers.filter(({ status }) => status === 409).map(error)[0]).toEqual({
      status: 409, type: 'AddressScopePrefixConflict', message: 'Failed to associate address scope: subnetpools within an address scope must have unique prefixes.',
    });
    const second = await pool({ prefixes: ['11.0.0.0/16'], address_scope_id });
    const path = `subnetpools/${String(second['id'])}`;
    expect((await put(owner, path, { subnetpool: { prefixes: ['10.0.0.0/7'] } })).status).toBe(409);
    expect((await put(owner, `${path}/add_prefixes`, { prefixes: ['10.0.4.0/24'] })).status).toBe(409);
    expect(error(await server.request(owner, 'DELETE', `/v2.0/address-scopes/${String(address_scope_id)}`))).toMatchObject({ status: 409, type: 'AddressScopeInUse' });
    expect((await put(owner, path, { subnetpool: { address_scope_id: null } })).body['subnetpool']).toMatchObject({ address_scope_id: null });
    const six = await scope({ ip_version: 6 });
    expect(error(await put(owner, path, { subnetpool: { address_scope_id: six['id'] } }))).toMatchObject({ status: 400, type: 'IllegalSubnetPoolIpVersionAssociationToAddressScope' });
  });

  it('is shown by the networks whose subnets’ pools are in it, which then have no other', async () => {
    const { id: address_scope_id } = await scope();
    const one = await pool({ address_scope_id });
    const two = await pool({ prefixes: ['11.0.0.0/16'], address_scope_id });
    const outside = await pool({ prefixes: ['12.0.0.0/16'] });
    const { network_id } = await subnetFrom(one['id']);
    const on = (given: JsonObject): Promise<Answer> => post(owner, 'subnet', { network_id, ip_version: 4, ...given });
    expect((await on({ subnetpool_id: two['id'] })).status).toBe(201);
    expect(error(await on({ subnetpool_id: outside['id'] }))).toMatchObject({ status: 400, type: 'NetworkAddressScopeAffinityError' });
    expect((await server.request(owner, 'GET', `/v2.0/networks/${String(network_id)}`)).body['network']).toMatchObject({ ipv4_address_scope: address_scope_id, ipv6_address_scope: null });
    const another = await scope();
    expect(error(await put(owner, `subnetpools/${String(one['id'])}`, { subnetpool: { address_scope_id: another['id'] } }))).toMatchObject({ status: 400, type: 'NetworkAddressScopeAffinityError' });
    expect((await put(owner, `subnetpools/${String(one['id'])}`, { subnetpool: { name: 'renamed' } })).status).toBe(200);
  });

  it('of another project lets the pool’s owner change it no more', async () => {
    const shared = await scope({ shared: true }, admin);
    const { id } = await pool({ address_scope_id: shared['id'] });
    expect(error(await put(owner, `subnetpools/${String(id)}`, { subnetpool: { name: 'b' } }))).toMatchObject({ status: 400, type: 'IllegalSubnetPoolUpdate' });
    expect((await put(admin, `subnetpools/${String(id)}`, { subnetpool: { name: 'b' } })).status).toBe(200);
  });
});
