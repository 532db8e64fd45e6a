import type { Json, JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const { status, outcome, object, list, create } = shortCalls(server);

/** A network with a subnet: its ids. */
async function subnetOf(owner: Caller, cidr: string, more: JsonObject = {}): Promise<{ readonly network: string; readonly subnet: string }> {
  const network = await create(owner, 'network', {});
  return { network, subnet: await create(owner, 'subnet', { network_id: network, cidr, ip_version: cidr.includes(':') ? 6 : 4, ...more }) };
}
async function outside(cidr = '203.0.113.0/24'): Promise<{ readonly network: string; readonly subnet: string }> {
  const network = await create(admin, 'network', { 'router:external': true });
  return { network, subnet: await create(admin, 'subnet', { network_id: network, cidr, ip_version: 4, enable_dhcp: false }) };
}
const router = (owner: Caller, more: JsonObject = {}): Promise<string> => create(owner, 'router', more);
const attach = async (who: Caller, id: string, body: JsonObject): Promise<JsonObject> => (await server().request(who, 'PUT', `/v2.0/routers/${id}/add_router_interface`, body)).body;
const detach = (who: Caller, id: string, body: JsonObject): Promise<string> => outcome(who, 'PUT', `/v2.0/routers/${id}/remove_router_interface`, body);
const update = (who: Caller, id: string, changes: JsonObject): Promise<JsonObject> => object(who, 'PUT', `/v2.0/routers/${id}`, { router: changes });
const attaching = (who: Caller, id: string, body: Json): Promise<string> => outcome(who, 'PUT', `/v2.0/routers/${id}/add_router_interface`, body as JsonObject);
const updating = (who: Caller, id: string, changes: JsonObject): Promise<string> => outcome(who, 'PUT', `/v2.0/routers/${id}`, { router: changes });
const portsOf = (id: string): Promise<readonly JsonObject[]> => list(admin, `/v2.0/ports?device_id=${id}`);

describe('a router', () => {
  it('is made, shown, changed, found and deleted', async () => {
    const id = await router(alice, { name: 'r1', description: 'ours' });
    expect(await object(alice, 'GET', `/v2.0/routers/${id}`)).toEqual({
      id, name: 'r1', description: 'ours', project_id: 'alice', tenant_id: 'alice', admin_state_up: true, status: 'ACTIVE', external_gateway_info: null, external_gateways: [],
      enable_default_route_ecmp: false, routes: [],
      flavor_id: null, service_type_id: null, availability_zone_hints: [], availability_zones: [], tags: [], revision_number: 1, created_at: expect.any(String) as unknown, updated_at: expect.any(String) as unknown,
    });
    expect(await update(alice, id, { name: 'r2', admin_state_up: false })).toMatchObject({ name: 'r2', admin_state_up: false, revision_number: 2 });
    await router(alice, { name: 'other' });
    expect(await list(alice, '/v2.0/routers?name=r2&fields=name')).toEqual([{ name: 'r2' }]);
    expect((await list(alice, '/v2.0/routers?sort_key=name&sort_dir=asc')).map(({ name }) => name)).toEqual(['other', 'r2']);
    expect(await status(alice, 'DELETE', `/v2.0/routers/${id}`)).toBe(204);
    expect(await outcome(alice, 'GET', `/v2.0/routers/${id}`)).toBe('404 RouterNotFound');
  });

  it('is only asked for in zones that there are', async () => {
    expect(await outcome(alice, 'POST', '/v2.0/routers', { router: { availability_zone_hints: ['mars'] } })).toBe('404 AvailabilityZoneNotFound');
    expect(await list(alice, '/v2.0/routers')).toEqual([]);
  });

  it('is nothing to other projects', async () => {
    const id = await router(alice);
    const { subnet } = await subnetOf(bob, '10.0.0.0/24');
    expect(await list(bob, '/v2.0/routers')).toEqual([]);
    for (const [method, path] of [['GET', ''], ['DELETE', '']] as const) expect(await outcome(bob, method, `/v2.0/routers/${id}${path}`)).toBe('404 RouterNotFound');
    expect(await updating(bob, id, { name: 'mine' })).toBe('404 RouterNotFound');
    expect(await attaching(bob, id, { subnet_id: subnet })).toBe('404 RouterNotFound');
    expect(await attaching(alice, id, { subnet_id: subnet })).toBe('404 SubnetNotFound');
  });

  it('is limited by quota, and tagged', async () => {
    await object(admin, 'PUT', '/v2.0/quotas/alice', { quota: { router: 1 } });
    const id = await router(alice);
    expect(await outcome(alice, 'POST', '/v2.0/routers', { router: {} })).toBe('409 OverQuota');
    expect(await status(alice, 'PUT', `/v2.0/routers/${id}/tags/red`)).toBe(201);
    expect(await list(alice, '/v2.0/routers?tags=red&fields=id')).toEqual([{ id }]);
  });
});

describe('an interface', () => {
  it('has the gateway address of its subnet, and goes with its removal', async () => {
    const id = await router(alice);
    const { network, subnet } = await subnetOf(alice, '10.0.0.0/24');
    const attached = await attach(alice, id, { subnet_id: subnet });
    expect(attached).toEqual({ id, tenant_id: 'alice', project_id: 'alice', port_id: expect.any(String) as unknown, network_id: network, subnet_id: subnet, subnet_ids: [subnet] });
    expect(await portsOf(id)).toMatchObject([
      { id: attached['port_id'], device_owner: 'network:router_interface', project_id: 'alice', fixed_ips: [{ subnet_id: subnet, ip_address: '10.0.0.1' }], security_groups: [] },
    ]);
    expect(await outcome(alice, 'DELETE', `/v2.0/routers/${id}`)).toBe('409 RouterInUse');
    expect(await outcome(alice, 'DELETE', `/v2.0/ports/${String(attached['port_id'])}`)).toBe('409 ServicePortInUse');
    expect(await outcome(alice, 'DELETE', `/v2.0/subnets/${subnet}`)).toBe('409 SubnetInUse');
    expect(await outcome(alice, 'DELETE', `/v2.0/networks/${network}`)).toBe('409 NetworkInUse');
    expect(await outcome(alice, 'PUT', `/v2.0/ports/${String(attached['port_id'])}`, { port: { fixed_ips: [{ subnet_id: subnet, ip_address: '10.0.0.9' }] } })).toBe('400 IPAddressChangeNotAllowed');
    expect(await detach(alice, id, { subnet_id: subnet })).toBe('200');
    expect(await portsOf(id)).toEqual([]);
    expect(await detach(alice, id, { subnet_id: subnet })).toBe('404 RouterInterfaceNotFoundForSubnet');
    expect(await status(alice, 'DELETE', `/v2.0/routers/${id}`)).toBe(204);
  });

  it('may be a port with an address of its own', async () => {
    const id = await router(alice);
    const { network, subnet } = await subnetOf(alice, '10.0.0.0/24');
    const port = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.77' }] });
    expect(await attach(alice, id, { port_id: port })).toMatchObject({ port_id: port, subnet_ids: [subnet] });
    expect(await object(admin, 'GET', `/v2.0/ports/${port}`)).toMatchObject({ device_id: id, device_owner: 'network:router_interface' });
    expect(await attaching(alice, await router(alice), { port_id: port })).toBe('409 PortInUse');
    expect(await detach(alice, id, { port_id: port, subnet_id: crypto.randomUUID() })).toBe('400 SubnetMismatchForPort');
    expect(await detach(alice, id, { port_id: port })).toBe('200');
    expect(await outcome(alice, 'GET', `/v2.0/ports/${port}`)).toBe('404 PortNotFound');
  });

  it.each([
    ['nothing', {}],
    ['null', null],
    ['both', { port_id: crypto.randomUUID(), subnet_id: crypto.randomUUID() }],
    ['no id', { subnet_id: 'x' }],
    ['an object', { port_id: {} }],
  ])('is refused for %s', async (_what, body) => {
    expect(await attaching(alice, await router(alice), body)).toBe('400 BadRequest');
  });

  it('is refused where the router has the subnet, or one that overlaps it', async () => {
    const id = await router(alice);
    const { subnet } = await subnetOf(alice, '10.0.0.0/24');
    await attach(alice, id, { subnet_id: subnet });
    expect(await attaching(alice, id, { subnet_id: subnet })).toBe('400 BadRequest');
    expect(await attaching(alice, id, { subnet_id: (await subnetOf(alice, '10.0.0.0/16')).subnet })).toBe('400 BadRequest');
    expect(await attaching(alice, id, { subnet_id: (await subnetOf(alice, '10.9.0.0/24', { gateway_ip: null })).subnet })).toBe('400 BadRequest');
    expect(await portsOf(id)).toHaveLength(1);
  });

  it('comes once from many requests at once', async () => {
    const id = await router(alice);
    const { subnet } = await subnetOf(alice, '10.0.0.0/24');
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => attaching(alice, id, { subnet_id: subnet })));
    expect(outcomes.filter((each) => each === '200')).toHaveLength(1);
    expect(await portsOf(id)).toHaveLength(1);
  });

  it('announces all IPv6 prefixes of a network from one port', async () => {
    const id = await router(alice);
    const { network, subnet } = await subnetOf(alice, 'fd00:1::/64', { ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
    const second = await create(alice, 'subnet', { network_id: network, cidr: 'fd00:2::/64', ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' });
    const { port_id: port } = await attach(alice, id, { subnet_id: subnet });
    expect(await attach(alice, id, { subnet_id: second })).toMatchObject({ port_id: port, subnet_id: second });
    expect((await portsOf(id))[0]?.['fixed_ips']).toEqual([{ subnet_id: subnet, ip_address: 'fd00:1::' }, { subnet_id: second, ip_address: 'fd00:2::' }]);
    expect(await detach(alice, id, { subnet_id: subnet })).toBe('200');
    expect((await portsOf(id))[0]?.['fixed_ips']).toEqual([{ subnet_id: second, ip_address: 'fd00:2::' }]);
  });
});

describe('a gateway', () => {
  it('is set with the router, changed and taken away', async () => {
    const { network, subnet } = await outside();
    const id = await router(alice, { external_gateway_info: { network_id: network } });
    const { external_gateway_info: gateway } = await object(alice, 'GET', `/v2.0/routers/${id}`);
    expect(gateway).toEqual({ network_id: network, enable_snat: true, external_fixed_ips: [{ subnet_id: subnet, ip_address: expect.stringMatching(/^203\.0\.113\./) as unknown }] });
    expect(await portsOf(id)).toMatchObject([{ device_owner: 'network:router_gateway', project_id: '' }]);
    expect(await updating(alice, id, { external_gateway_info: { network_id: network, enable_snat: false } })).toBe('403 PolicyNotAuthorized');
    const fixed = [{ subnet_id: subnet, ip_address: '203.0.113.77' }];
    expect(await update(admin, id, { external_gateway_info: { network_id: network, enable_snat: false, external_fixed_ips: fixed } })).toMatchObject({ external_gateway_info: { network_id: network, enable_snat: false, external_fixed_ips: fixed } });
    const other = await outside('198.51.100.0/24');
    expect(await update(alice, id, { external_gateway_info: { network_id: other.network } })).toMatchObject({ external_gateway_info: { network_id: other.network, enable_snat: true } });
    expect(await portsOf(id)).toHaveLength(1);
    expect(await outcome(admin, 'PUT', `/v2.0/networks/${other.network}`, { network: { 'router:external': false } })).toBe('409 ExternalNetworkInUse');
    expect(await update(alice, id, { external_gateway_info: {} })).toMatchObject({ external_gateway_info: null });
    expect(await portsOf(id)).toEqual([]);
  });

  it('is changed by one of many requests that name the revision they know', async () => {
    const { network } = await outside();
    const id = await router(alice);
    const { revision_number: revision } = await object(alice, 'GET', `/v2.0/routers/${id}`);
    const headers = { 'if-match': `revision_number=${String(revision)}` };
    const change = async (info: JsonObject | null): Promise<number> => (await server().request(alice, 'PUT', `/v2.0/routers/${id}`, { router: { external_gateway_info: info } }, headers)).status;
    const answers = await Promise.all(Array.from({ length: 6 }, () => change({ network_id: network })));
    expect(answers.toSorted()).toEqual([200, 412, 412, 412, 412, 412]);
    expect(await portsOf(id)).toHaveLength(1);
    expect(await change(null)).toBe(412);
    expect((await server().request(alice, 'DELETE', `/v2.0/routers/${id}`, undefined, headers)).status).toBe(412);
    expect(await portsOf(id)).toHaveLength(1);
  });

  it('goes with its router', async () => {
    const { network } = await outside();
    const id = await router(alice, { external_gateway_info: { network_id: network } });
    expect(await status(alice, 'DELETE', `/v2.0/routers/${id}`)).toBe(204);
    expect(await list(admin, `/v2.0/ports?network_id=${network}`)).toEqual([]);
  });

  it.each(['unknown', 'inside', 'gateway', 'overlap'] as const)('is refused where the network is %s', async (what) => {
    const id = await router(alice);
    const inside = await subnetOf(alice, '203.0.113.0/25');
    const { network } = await outside();
    if (what === 'overlap') await attach(alice, id, { subnet_id: inside.subnet });
    const wanted = { unknown: { network_id: crypto.randomUUID() }, inside: { network_id: inside.network }, gateway: { network_id: network, external_fixed_ips: [{ ip_address: '203.0.113.1' }] }, overlap: { network_id: network } }[what];
    expect(await updating(admin, id, { external_gateway_info: wanted })).toBe(what === 'unknown' ? '404 NetworkNotFound' : '400 BadRequest');
    expect(await object(admin, 'GET', `/v2.0/routers/${id}`)).toMatchObject({ external_gateway_info: null });
  });
});

describe('extra routes', () => {
  it('are replaced, added and taken away', async () => {
    const id = await router(alice);
    const { subnet } = await subnetOf(alice, '10.0.0.0/24');
    await attach(alice, id, { subnet_id: subnet });
    const [first, second] = [{ destination: '172.16.0.0/16', nexthop: '10.0.0.9' }, { destination: '172.17.0.0/16', nexthop: '10.0.0.9' }];
    expect(await update(alice, id, { routes: [first] })).toMatchObject({ routes: [first] });
    expect(await object(alice, 'PUT', `/v2.0/routers/${id}/add_extraroutes`, { router: { routes: [first, second] } })).toMatchObject({ routes: [first, second] });
    expect(await detach(alice, id, { subnet_id: subnet })).toBe('409 RouterInterfaceInUseByRoute');
    expect(await object(alice, 'PUT', `/v2.0/routers/${id}/remove_extraroutes`, { router: { routes: [first] } })).toMatchObject({ routes: [second] });
    expect(await update(alice, id, { routes: null })).toMatchObject({ routes: [] });
    expect(await updating(alice, id, { routes: [{ destination: '172.16.0.0/16', nexthop: '192.0.2.1' }] })).toBe('400 InvalidRoutes');
    expect(await updating(alice, id, { routes: [{ destination: '172.16.0.0/16', nexthop: '10.0.0.1' }] })).toBe('400 InvalidRoutes');
    expect(await updating(alice, id, { routes: Array.from({ length: 31 }, (_, index) => ({ destination: `172.16.${index}.0/24`, nexthop: '10.0.0.9' })) })).toBe('400 RoutesExhausted');
  });
});
