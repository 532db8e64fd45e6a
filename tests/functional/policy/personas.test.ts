import type { JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';
import { admin, listed, placeObjects, treatment, type Placed } from './objects-of-three-projects.ts';

const member: Caller = { project: 'mine', roles: 'member,reader' };
const reader: Caller = { project: 'mine', roles: 'reader' };
const olden: Caller = { project: 'mine', roles: '_member_' };
const service: Caller = { project: 'services', roles: 'advsvc' };
const stranger: Caller = { project: 'elsewhere', roles: 'member,reader' };

/** Of each object: GET PUT DELETE. */
async function treatments(server: NetworkServer, caller: Caller, placed: readonly Placed[]): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const object of placed) found[`${object.collection} ${object.standing}`] = await treatment(server, caller, object);
  return found;
}

const ownerOfNetworks = {
  'networks own': '200 200 may',
  'networks shared': '200 403 403',
  'networks granted': '200 403 403',
  'networks external': '200 403 403',
  'networks foreign': '404 404 404',
  'subnets own': '200 200 may',
  'subnets shared': '200 403 403',
  'subnets granted': '200 403 403',
  'subnets foreign': '404 404 404',
  'ports own': '200 200 may',
  'ports shared': '404 404 404',
  'ports foreign': '404 404 404',
  'security-groups own': '200 200 may',
  'security-groups foreign': '404 404 404',
  'subnetpools own': '200 200 may',
  'subnetpools shared': '200 403 403',
  'subnetpools foreign': '404 404 404',
  'address-scopes own': '200 200 may',
  'address-scopes shared': '200 403 403',
  'address-scopes foreign': '404 404 404',
};
const withNothingBut = (get: string, put: string, others: string): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(ownerOfNetworks).map(([name, found]) => [name, found.startsWith('404') ? found : name.endsWith('own') ? `${get} ${put} ${put}` : others]));

/** OpenStack's new defaults let the owner of a network change subnets on it without asking for a role, as the matrix tells. */
const byOwningTheNetwork = (get: string): Readonly<Record<string, string>> => ({ 'subnets own': `${get} 200 may` });

describe('with the rules as they are installed', () => {
  let server: NetworkServer;
  let placed: readonly Placed[];
  beforeAll(async () => {
    server = await networkServer();
    placed = await placeObjects(server);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });

  it.each([['member', member], ['reader', reader], ['holder of an old role', olden]])('a %s does everything with what is its own, sees what is shared, and is told of nothing else', async (_name, caller) => {
    expect(await treatments(server, caller, placed)).toEqual({
      ...ownerOfNetworks,
      'ports on own network': '200 403 may',
      'subnets on own network, of theirs': '404 404 404',
    });
  });

  it('an admin does everything', async () => {
    expect(new Set(Object.values(await treatments(server, admin, placed)))).toEqual(new Set(['200 200 may']));
  });

  it('a member of another project sees what is for everybody', async () => {
    const seen = Object.entries(await treatments(server, stranger, placed)).filter(([, found]) => found !== '404 404 404');
    expect(Object.fromEntries(seen)).toEqual({
      'networks shared': '200 403 403', 'networks external': '200 403 403', 'subnets shared': '200 403 403', 'subnetpools shared': '200 403 403', 'address-scopes shared': '200 403 403',
    });
  });

  it('nothing of this is an error of the server', () => {
    expect(server.errors).toEqual([]);
  });

  it("an advanced service works on everybody's ports", async () => {
    const found = await treatments(server, service, placed);
    for (const standing of ['own', 'shared', 'on own network', 'foreign']) expect(found[`ports ${standing}`]).toBe('200 200 may');
    for (const standing of ['own', 'shared', 'granted', 'external', 'foreign']) expect(found[`networks ${standing}`]).toBe('200 403 403');
    expect(found['subnets foreign']).toBe('404 404 404');
  });

  it.each([member, stranger, service])('a list shows $roles of $project what it may get, and no more', async (caller) => {
    for (const collection of new Set(placed.map((object) => object.collection))) {
      const gettable = [];
      for (const { path, id } of placed.filter((object) => object.collection === collection)) {
        if ((await server.request(caller, 'GET', path)).status === 200) gettable.push(id);
      }
      const placedIds = new Set(placed.map(({ id }) => id));
      expect((await listed(server, caller, collection)).map(({ id }) => String(id)).filter((id) => placedIds.has(id)).toSorted(), collection).toEqual(gettable.toSorted());
    }
  });

  it('what is for admins is in no answer to others: not in lists, nor single, nor after a create or an update', async () => {
    const hidden = ['provider:network_type', 'provider:physical_network', 'provider:segmentation_id', 'segments', 'binding:host_id', 'binding:vif_type', 'binding:vif_details', 'binding:profile', 'segment_id', 'resource_request'];
    const leaks = (object: JsonObject): readonly string[] => hidden.filter((name) => Object.hasOwn(object, name));
    const network = await server.create(member, '/v2.0/networks', { network: {} });
    const port = await server.create(member, '/v2.0/ports', { port: { network_id: network['id'] ?? '' } });
    const updated = (await server.request(member, 'PUT', `/v2.0/ports/${String(port['id'])}`, { port: { name: 'x' } })).body['port'] as JsonObject;
    const single = (await server.request(member, 'GET', `/v2.0/ports/${String(port['id'])}?fields=id&fields=binding:host_id`)).body['port'] as JsonObject;
    const lists = [...(await listed(server, member, 'networks')), ...(await listed(server, member, 'ports')), ...(await listed(server, member, 'subnets'))];
    expect([network, port, updated, single, ...lists].flatMap(leaks)).toEqual([]);
    expect(single).toEqual({ id: port['id'] });
    const seen = (await server.request(admin, 'GET', `/v2.0/ports/${String(port['id'])}`)).body['port'] as JsonObject;
    expect(leaks(seen)).toEqual(expect.arrayContaining(['binding:host_id', 'binding:vif_type', 'binding:vif_details', 'binding:profile']));
    expect((await server.request(member, 'GET', '/v2.0/ports?binding:host_id=x')).status).toBe(403);
  });

  it.each<[string, string, JsonObject, number]>([
    ['networks', 'own', { shared: true }, 403],
    ['networks', 'own', { 'router:external': true }, 403],
    ['networks', 'own', { 'provider:network_type': 'vlan' }, 403],
    ['networks', 'own', { shared: false, 'router:external': false }, 201],
    ['ports', 'own', { mac_address: 'fa:16:3e:00:00:01' }, 201],
    ['ports', 'own', { fixed_ips: [{ ip_address: '10.0.1.200' }] }, 201],
    ['ports', 'own', { 'binding:host_id': 'h' }, 403],
    ['ports', 'own', { 'binding:profile': { a: 'b' } }, 403],
    ['ports', 'own', { 'binding:vnic_type': 'direct' }, 201],
    ['ports', 'own', { device_owner: 'network:dhcp' }, 201],
    ['ports', 'own', { allowed_address_pairs: [{ ip_address: '192.0.2.1' }] }, 201],
    ['ports', 'shared', {}, 201],
    ['ports', 'granted', {}, 201],
    ['ports', 'shared', { mac_address: 'fa:16:3e:00:00:02' }, 403],
    ['ports', 'shared', { fixed_ips: [{ ip_address: '10.0.3.200' }] }, 403],
    ['ports', 'shared', { device_owner: 'network:dhcp' }, 403],
    ['ports', 'shared', { device_owner: 'compute:nova' }, 201],
    ['ports', 'shared', { allowed_address_pairs: [{ ip_address: '192.0.2.1' }] }, 403],
    ['ports', 'shared', { allowed_address_pairs: [] }, 403],
    ['ports', 'foreign', {}, 404],
    ['ports', 'foreign', { mac_address: 'fa:16:3e:00:00:03' }, 404],
    ['subnets', 'shared', { ip_version: 4, cidr: '10.0.99.0/24' }, 403],
    ['subnets', 'foreign', { ip_version: 4, cidr: '10.0.99.0/24' }, 404],
  ])('a member that makes %s on its %s network with %j gets %i', async (collection, standing, body, status) => {
    const network = placed.find((object) => object.collection === 'networks' && object.standing === standing)?.id ?? '';
    const { status: got, body: answer } = await server.request(member, 'POST', `/v2.0/${collection}`, { [collection.slice(0, -1)]: { ...(collection !== 'networks' && { network_id: network }), ...body } });
    expect(got, JSON.stringify(answer)).toBe(status);
    if (status === 403) expect((answer['NeutronError'] as JsonObject)['type']).toBe('PolicyNotAuthorized');
  });

  it('chooses a subnet of a shared network, also of one that is shared with its project alone', async () => {
    for (const standing of ['shared', 'granted'] as const) {
      const on = (collection: string): string => placed.find((object) => object.collection === collection && object.standing === standing)?.id ?? '';
      const { status, body } = await server.request(member, 'POST', '/v2.0/ports', { port: { network_id: on('networks'), fixed_ips: [{ subnet_id: on('subnets') }] } });
      expect(status, JSON.stringify(body)).toBe(201);
    }
  });
});

describe('with new defaults alone', () => {
  let server: NetworkServer;
  let placed: readonly Placed[];
  beforeAll(async () => {
    server = await networkServer('[oslo_policy]\nenforce_new_defaults = true\n');
    placed = await placeObjects(server);
  });
  afterAll(async () => server[Symbol.asyncDispose]());

  it('a member does everything with what is its own, but owning a network no longer shows what others have there', async () => {
    expect(await treatments(server, member, placed)).toEqual({
      ...ownerOfNetworks, 'ports on own network': '404 404 404', 'subnets on own network, of theirs': '404 404 404',
    });
  });

  it('a reader reads', async () => {
    expect(await treatments(server, reader, placed)).toEqual({ ...withNothingBut('200', '403', '200 403 403'), ...byOwningTheNetwork('200'), 'ports on own network': '404 404 404', 'subnets on own network, of theirs': '404 404 404' });
    expect((await server.request(reader, 'POST', '/v2.0/networks', { network: {} })).status).toBe(403);
  });

  it('the holder of an old role is nobody: it sees what is for everybody', async () => {
    const seen = Object.entries(await treatments(server, olden, placed)).filter(([, found]) => found !== '404 404 404');
    expect(seen.map(([name]) => name).toSorted()).toEqual(['address-scopes shared', 'networks external', 'networks granted', 'networks shared', 'subnetpools shared', 'subnets granted', 'subnets own', 'subnets shared']);
    expect(seen).toContainEqual(['subnets own', byOwningTheNetwork('404')['subnets own']]);
    expect((await listed(server, olden, 'ports')).length).toBe(0);
  });

  it('an admin needs the other roles for what is not for admins', async () => {
    const bare: Caller = { project: 'mine', roles: 'admin' };
    expect((await server.request(bare, 'POST', '/v2.0/networks', { network: { shared: true } })).status).toBe(201);
    expect((await server.request(bare, 'POST', '/v2.0/security-groups', { security_group: { name: 'g' } })).status).toBe(403);
    expect((await server.request({ ...bare, roles: 'admin,member' }, 'POST', '/v2.0/security-groups', { security_group: { name: 'g' } })).status).toBe(201);
  });
});
