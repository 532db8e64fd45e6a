import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const { status, outcome, object, list, create } = shortCalls(server);

type Verb = 'add' | 'update' | 'remove';
const path = (id: string, verb: Verb): string => `/v2.0/routers/${id}/${verb}_external_gateways`;
const change = (who: Caller, id: string, verb: Verb, gateways: readonly JsonObject[]): Promise<JsonObject> => object(who, 'PUT', path(id, verb), { router: { external_gateways: gateways } });
const changing = (who: Caller, id: string, verb: Verb, gateways: readonly JsonObject[]): Promise<string> => outcome(who, 'PUT', path(id, verb), { router: { external_gateways: gateways } });
const shown = (id: string, who: Caller = alice): Promise<JsonObject> => object(who, 'GET', `/v2.0/routers/${id}`);
const gatewaysOf = (router: JsonObject): readonly JsonObject[] => router['external_gateways'] as readonly JsonObject[];
const networksOf = (router: JsonObject): readonly unknown[] => gatewaysOf(router).map(({ network_id }) => network_id);
const fixedIpsOf = (gateway: JsonObject | undefined): readonly JsonObject[] => (gateway?.['external_fixed_ips'] ?? []) as readonly JsonObject[];
const addressesOf = (gateway: JsonObject | undefined): readonly unknown[] => fixedIpsOf(gateway).map(({ ip_address }) => ip_address);
const portsOf = (id: string): Promise<readonly JsonObject[]> => list(admin, `/v2.0/ports?device_id=${id}&device_owner=network:router_gateway`);

/** A network outside with a subnet: its id. */
async function outside(cidr: string): Promise<string> {
  const network = await create(admin, 'network', { 'router:external': true });
  await create(admin, 'subnet', { network_id: network, cidr, ip_version: 4, enable_dhcp: false });
  return network;
}

/** Three networks outside: the ids. */
const outsides = async (): Promise<readonly [string, string, string]> => [await outside('203.0.113.0/24'), await outside('198.51.100.0/24'), await outside('192.0.2.0/24')];

/** Gives a router an interface on a subnet inside: the id of a port there. */
async function inside(router: string, cidr = '10.0.0.0/24'): Promise<string> {
  const network_id = await create(alice, 'network', {});
  const subnet = await create(alice, 'subnet', { network_id, cidr, ip_version: 4 });
  expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet })).toBe('200');
  return create(alice, 'port', { network_id });
}

describe('gateways of a router', () => {
  it('are added after those that there are, and the first is the one that external_gateway_info shows', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    expect(await shown(id)).toMatchObject({ external_gateway_info: null, external_gateways: [] });
    const two = await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    expect(networksOf(two)).toEqual([a, b]);
    expect(two['external_gateway_info']).toEqual(gatewaysOf(two)[0]);
    expect(two['revision_number']).toBeGreaterThan(1);
    const three = await change(alice, id, 'add', [{ network_id: a }]);
    expect(networksOf(three)).toEqual([a, b, a]);
    expect(gatewaysOf(three).slice(0, 2)).toEqual(gatewaysOf(two));
    expect(await shown(id)).toEqual(three);
    const ports = await portsOf(id);
    expect(ports).toHaveLength(3);
    expect(new Set(ports.map(({ project_id }) => project_id))).toEqual(new Set(['']));
    expect(await list(alice, '/v2.0/ports')).toEqual([]);
  });

  it('go with the router', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', { external_gateway_info: { network_id: b } });
    await change(alice, id, 'add', [{ network_id: a }, { network_id: a }]);
    expect(await status(alice, 'DELETE', `/v2.0/routers/${id}`)).toBe(204);
    expect(await portsOf(id)).toEqual([]);
  });

  it('are said all at once, keeping the ports of those that stay', async () => {
    const [a, b, c] = await outsides();
    const id = await create(alice, 'router', {});
    const first = await change(alice, id, 'update', [{ network_id: a }, { network_id: b }]);
    expect(networksOf(first)).toEqual([a, b]);
    const before = await portsOf(id);
    const turned = await change(alice, id, 'update', [{ network_id: b }, { network_id: a }]);
    expect(gatewaysOf(turned)).toEqual(gatewaysOf(first).toReversed());
    expect(turned['external_gateway_info']).toEqual(gatewaysOf(first)[1]);
    expect((await portsOf(id)).map((port) => port['id']).toSorted()).toEqual(before.map((port) => port['id']).toSorted());
    const other = await change(alice, id, 'update', [{ network_id: c }, { network_id: a }, { network_id: c }]);
    expect(networksOf(other)).toEqual([c, a, c]);
    expect(gatewaysOf(other)[1]).toEqual(gatewaysOf(first)[0]);
    expect(await change(alice, id, 'update', [])).toMatchObject({ external_gateway_info: null, external_gateways: [] });
    expect(await portsOf(id)).toEqual([]);
  });

  it('are readdressed where one of the addresses stays', async () => {
    const [a, b] = await outsides();
    const id = await create(admin, 'router', {});
    const before = await change(admin, id, 'add', [{ network_id: a }, { network_id: b }]);
    const ports = await portsOf(id);
    const [own] = fixedIpsOf(gatewaysOf(before)[1]);
    const wanted = [own ?? {}, { subnet_id: own?.['subnet_id'] ?? '', ip_address: '198.51.100.77' }];
    const after = await change(admin, id, 'update', [{ network_id: a }, { network_id: b, external_fixed_ips: wanted }]);
    expect(addressesOf(gatewaysOf(after)[1]).toSorted()).toEqual([own?.['ip_address'], '198.51.100.77'].toSorted());
    expect((await portsOf(id)).map((port) => port['id']).toSorted()).toEqual(ports.map((port) => port['id']).toSorted());
    const moved = await change(admin, id, 'update', [{ network_id: a, external_fixed_ips: [{ ip_address: '203.0.113.99' }] }]);
    expect(gatewaysOf(moved).map(addressesOf)).toEqual([['203.0.113.99']]);
    expect((await portsOf(id)).map((port) => port['id'])).toEqual(ports.filter((port) => port['network_id'] === a).map((port) => port['id']));
  });

  it('are taken away one by one, and the next takes the place of the first', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    expect(await changing(alice, id, 'remove', [{ network_id: a }])).toBe('409 UnableToRemoveGateways');
    const all = await change(alice, id, 'add', [{ network_id: a }, { network_id: b }, { network_id: b }]);
    expect(await changing(alice, id, 'remove', [{ network_id: b }])).toBe('400 UnableToMatchGateways');
    expect(await changing(alice, id, 'remove', [{ network_id: a, external_fixed_ips: [{ ip_address: '203.0.113.250' }] }])).toBe('400 UnableToMatchGateways');
    expect(await changing(alice, id, 'remove', [{ network_id: await outside('100.64.0.0/24') }])).toBe('400 UnableToMatchGateways');
    expect(await shown(id)).toEqual(all);
    const left = await change(admin, id, 'remove', [{ network_id: b, external_fixed_ips: fixedIpsOf(gatewaysOf(all)[1]) }]);
    expect(gatewaysOf(left)).toEqual([gatewaysOf(all)[0], gatewaysOf(all)[2]]);
    const one = await change(alice, id, 'remove', [{ network_id: a }, { network_id: a }]);
    expect(one['external_gateway_info']).toEqual(gatewaysOf(all)[2]);
    expect(networksOf(one)).toEqual([b]);
    expect(await change(alice, id, 'remove', [])).toEqual(one);
    expect(networksOf(await change(alice, id, 'remove', [{ network_id: b }]))).toEqual([]);
  });

  it('stay when external_gateway_info changes the first', async () => {
    const [a, b, c] = await outsides();
    const id = await create(alice, 'router', {});
    const update = (info: JsonObject | null): Promise<JsonObject> => object(alice, 'PUT', `/v2.0/routers/${id}`, { router: { external_gateway_info: info } });
    const two = await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    const other = await update({ network_id: c });
    expect(networksOf(other)).toEqual([c, b]);
    expect(gatewaysOf(other)[1]).toEqual(gatewaysOf(two)[1]);
    expect(await update(null)).toMatchObject({ external_gateway_info: gatewaysOf(two)[1] ?? null, external_gateways: [gatewaysOf(two)[1]] });
    expect(await update(null)).toMatchObject({ external_gateway_info: null, external_gateways: [] });
  });

  it('translate addresses or do not all alike', async () => {
    const [a, b] = await outsides();
    const id = await create(admin, 'router', {});
    await change(admin, id, 'add', [{ network_id: a, enable_snat: false }, { network_id: b }]);
    expect(gatewaysOf(await change(admin, id, 'add', [{ network_id: b, enable_snat: true }])).map(({ enable_snat: snat }) => snat)).toEqual([false, false, false]);
    expect(gatewaysOf(await change(admin, id, 'remove', [{ network_id: a }])).map(({ enable_snat: snat }) => snat)).toEqual([false, false]);
    expect(gatewaysOf(await change(admin, id, 'update', [{ network_id: a, enable_snat: true }])).map(({ enable_snat: snat }) => snat)).toEqual([true]);
  });

  it('are not said in other requests', async () => {
    const [a] = await outsides();
    expect(await outcome(alice, 'POST', '/v2.0/routers', { router: { external_gateways: [{ network_id: a }] } })).toBe('400 HTTPBadRequest');
    const id = await create(alice, 'router', {});
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { external_gateways: [] } })).toBe('400 HTTPBadRequest');
  });

  it('are all or none', async () => {
    const [a, b] = await outsides();
    const overlapping = await outside('203.0.113.128/25');
    const nowhere = await create(alice, 'network', {});
    const id = await create(admin, 'router', {});
    const before = await change(admin, id, 'add', [{ network_id: a }]);
    const [taken] = fixedIpsOf(gatewaysOf(before)[0]);
    for (const [wrong, what] of [
      [{ network_id: overlapping }, '400 BadRequest'],
      [{ network_id: nowhere }, '400 BadRequest'],
      [{ network_id: crypto.randomUUID() }, '404 NetworkNotFound'],
      [{ network_id: a, external_fixed_ips: [taken ?? {}] }, '409 IpAddressAlreadyAllocated'],
      [{ network_id: a, external_fixed_ips: [{ ip_address: '203.0.113.1' }] }, '400 BadRequest'],
    ] as const) {
      expect(await changing(admin, id, 'add', [{ network_id: b }, wrong])).toBe(what);
      expect(gatewaysOf(await shown(id, admin))).toEqual(gatewaysOf(before));
    }
    expect(await changing(admin, await create(admin, 'router', {}), 'add', [{ network_id: a }, { network_id: overlapping }])).toBe('400 BadRequest');
    expect(await portsOf(id)).toHaveLength(1);
  });

  it.each([
    ['nothing', null],
    ['no router', {}],
    ['no gateways', { router: {} }],
    ['a text', { router: { external_gateways: 'x' } }],
    ['a gateway of no network', { router: { external_gateways: [{}] } }],
    ['a number', { router: { external_gateways: [7] } }],
    ['what no gateway has', { router: { external_gateways: [{ network_id: crypto.randomUUID(), colour: 'red' }] } }],
  ])('are refused in a request with %s', async (_what, body) => {
    const id = await create(admin, 'router', {});
    for (const verb of ['add', 'update', 'remove'] as const) expect(await outcome(admin, 'PUT', path(id, verb), body as JsonObject)).toBe('400 HTTPBadRequest');
  });

  it('are nothing to other projects, and what an administrator says of them is nothing for users', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', { external_gateway_info: { network_id: a } });
    for (const verb of ['add', 'update', 'remove'] as const) {
      expect(await changing(bob, id, verb, [{ network_id: b }])).toBe('404 RouterNotFound');
      if (verb !== 'remove') {
        expect(await changing(alice, id, verb, [{ network_id: b, enable_snat: false }])).toBe('403 PolicyNotAuthorized');
        expect(await changing(alice, id, verb, [{ network_id: b }, { network_id: b, external_fixed_ips: [{ ip_address: '198.51.100.9' }] }])).toBe('403 PolicyNotAuthorized');
      }
    }
    // A network of somebody else's that leads nowhere is not even there.
    expect(await changing(alice, id, 'add', [{ network_id: await create(bob, 'network', {}) }])).toBe('404 NetworkNotFound');
    expect(networksOf(await shown(id))).toEqual([a]);
  });
});

describe('with several gateways', () => {
  it('floating IPs of each network lead inside, and the last gateway on their network stays', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    const port = await inside(id);
    for (const network of [a, b]) {
      expect(await object(alice, 'POST', '/v2.0/floatingips', { floatingip: { floating_network_id: network, port_id: port } })).toMatchObject({ router_id: id, port_id: port });
    }
    for (const network of [a, b]) expect(await changing(alice, id, 'remove', [{ network_id: network }])).toBe('409 RouterExternalGatewayInUseByFloatingIp');
    expect(await changing(alice, id, 'update', [{ network_id: a }])).toBe('409 RouterExternalGatewayInUseByFloatingIp');
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { external_gateway_info: null } })).toBe('409 RouterExternalGatewayInUseByFloatingIp');
    const all = await change(alice, id, 'add', [{ network_id: b }]);
    // Another one on the network does as well.
    const left = await change(admin, id, 'remove', [{ network_id: b, external_fixed_ips: fixedIpsOf(gatewaysOf(all)[1]) }]);
    expect(gatewaysOf(left)).toEqual([gatewaysOf(all)[0], gatewaysOf(all)[2]]);
  });

  it('routes lead to next hops on any of their subnets', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    const routes = [{ destination: '172.16.0.0/16', nexthop: '198.51.100.1' }, { destination: '172.17.0.0/16', nexthop: '203.0.113.1' }];
    expect(await object(alice, 'PUT', `/v2.0/routers/${id}`, { router: { routes } })).toMatchObject({ routes });
    const own = addressesOf(gatewaysOf(await shown(id))[1])[0];
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { routes: [{ destination: '172.16.0.0/16', nexthop: String(own) }] } })).toBe('400 InvalidRoutes');
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { routes: [{ destination: '172.16.0.0/16', nexthop: '192.0.2.1' }] } })).toBe('400 InvalidRoutes');
  });

  it('the inside overlaps with none of them', async () => {
    const [a, b, c] = await outsides();
    const id = await create(alice, 'router', {});
    await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    const network_id = await create(alice, 'network', {});
    const subnet_id = await create(alice, 'subnet', { network_id, cidr: '198.51.100.0/25', ip_version: 4 });
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}/add_router_interface`, { subnet_id })).toBe('400 BadRequest');
    await inside(id, '192.0.2.0/25');
    expect(await changing(alice, id, 'add', [{ network_id: c }])).toBe('400 BadRequest');
  });

  it('ports and networks outside are guarded alike', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    await change(alice, id, 'add', [{ network_id: a }, { network_id: b }]);
    for (const port of await portsOf(id)) expect(await outcome(admin, 'DELETE', `/v2.0/ports/${String(port['id'])}`)).toBe('409 ServicePortInUse');
    for (const network of [a, b]) {
      expect(await outcome(admin, 'DELETE', `/v2.0/networks/${network}`)).toBe('409 NetworkInUse');
      expect(await outcome(admin, 'PUT', `/v2.0/networks/${network}`, { network: { 'router:external': false } })).toBe('409 ExternalNetworkInUse');
    }
    expect(await object(admin, 'GET', `/v2.0/network-ip-availabilities/${b}`)).toMatchObject({ used_ips: 1 });
  });
});

describe('changes of gateways at once', () => {
  it('are all carried out where they add', async () => {
    const [a, b] = await outsides();
    const id = await create(alice, 'router', {});
    const outcomes = await Promise.all([a, b, a, b].map((network) => changing(alice, id, 'add', [{ network_id: network }])));
    expect(outcomes).toEqual(['200', '200', '200', '200']);
    const router = await shown(id);
    expect(networksOf(router).toSorted()).toEqual([a, a, b, b].toSorted());
    expect(router['external_gateway_info']).toEqual(gatewaysOf(router)[0]);
    expect(await portsOf(id)).toHaveLength(4);
  });

  it('leave what one after the other leaves', async () => {
    const [a, b, c] = await outsides();
    const id = await create(alice, 'router', { external_gateway_info: { network_id: a } });
    const outcomes = await Promise.all([changing(alice, id, 'add', [{ network_id: b }]), changing(alice, id, 'remove', [{ network_id: a }]), changing(alice, id, 'add', [{ network_id: c }])]);
    expect(outcomes).toEqual(['200', '200', '200']);
    expect(networksOf(await shown(id)).toSorted()).toEqual([b, c].toSorted());
    const removals = await Promise.all([1, 2, 3].map(() => changing(alice, id, 'remove', [{ network_id: b }])));
    expect(removals.toSorted()).toEqual(['200', '400 UnableToMatchGateways', '400 UnableToMatchGateways']);
    expect(networksOf(await shown(id))).toEqual([c]);
  });
});

describe('default routes of several gateways', () => {
  it('are used together where an administrator says so', async () => {
    const id = await create(alice, 'router', {});
    expect(await shown(id)).toMatchObject({ enable_default_route_ecmp: false });
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${id}`, { router: { enable_default_route_ecmp: true } })).toBe('403 PolicyNotAuthorized');
    expect(await outcome(alice, 'POST', '/v2.0/routers', { router: { enable_default_route_ecmp: true } })).toBe('403 PolicyNotAuthorized');
    expect(await object(admin, 'PUT', `/v2.0/routers/${id}`, { router: { enable_default_route_ecmp: 'true' } })).toMatchObject({ enable_default_route_ecmp: true });
    expect(await object(admin, 'PUT', `/v2.0/routers/${id}`, { router: { enable_default_route_ecmp: null } })).toMatchObject({ enable_default_route_ecmp: true });
    expect(await outcome(admin, 'PUT', `/v2.0/routers/${id}`, { router: { enable_default_route_ecmp: 'perhaps' } })).toBe('400 InvalidInput');
    expect(await object(admin, 'POST', '/v2.0/routers', { router: { enable_default_route_ecmp: true } })).toMatchObject({ enable_default_route_ecmp: true });
  });
});
