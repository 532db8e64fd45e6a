import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { Caller, NetworkServer } from '../../support/network-server.ts';

/** How an object stands to the project `mine`. */
export type Standing = 'own' | 'shared' | 'granted' | 'external' | 'on own network' | 'on own network, of theirs' | 'foreign';

export interface Placed {
  readonly collection: string;
  readonly standing: Standing;
  readonly path: string;
  readonly id: string;
}

export const admin: Caller = { project: 'admins' };
const theirs: Caller = { project: 'theirs', roles: 'member,reader' };
const mine: Caller = { project: 'mine', roles: 'member,reader' };

/** One object of each kind in each standing to `mine`. */
export async function placeObjects(server: NetworkServer): Promise<readonly Placed[]> {
  const placed: Placed[] = [];
  const put = async (standing: Standing, caller: Caller, collection: string, resource: string, body: JsonObject): Promise<string> => {
    const path = `/v2.0/${collection}`;
    const { id } = await server.create(caller, path, { [resource]: body });
    placed.push({ collection, standing, path: `${path}/${String(id)}`, id: String(id) });
    return String(id);
  };
  const networks = {
    own: await put('own', mine, 'networks', 'network', {}),
    foreign: await put('foreign', theirs, 'networks', 'network', {}),
    shared: await put('shared', admin, 'networks', 'network', { tenant_id: 'theirs', shared: true }),
    granted: await put('granted', theirs, 'networks', 'network', {}),
    external: await put('external', admin, 'networks', 'network', { tenant_id: 'theirs', 'router:external': true }),
  };
  await server.create(theirs, '/v2.0/rbac-policies', { rbac_policy: { object_type: 'network', object_id: networks.granted, action: 'access_as_shared', target_tenant: 'mine' } });

  // Addresses from 200 on are nobody's until they are asked for.
  const subnet = (network_id: string, third: number): JsonObject => ({ network_id, ip_version: 4, cidr: `10.0.${third}.0/24`, allocation_pools: [{ start: `10.0.${third}.2`, end: `10.0.${third}.199` }] });
  await put('own', mine, 'subnets', 'subnet', subnet(networks.own, 1));
  await put('foreign', theirs, 'subnets', 'subnet', subnet(networks.foreign, 2));
  await put('shared', admin, 'subnets', 'subnet', { ...subnet(networks.shared, 3), tenant_id: 'theirs' });
  await put('granted', theirs, 'subnets', 'subnet', subnet(networks.granted, 4));
  await put('on own network, of theirs', admin, 'subnets', 'subnet', { ...subnet(networks.own, 5), tenant_id: 'theirs' });

  await put('own', mine, 'ports', 'port', { network_id: networks.own });
  await put('foreign', theirs, 'ports', 'port', { network_id: networks.foreign });
  await put('shared', theirs, 'ports', 'port', { network_id: networks.shared });
  await put('on own network', admin, 'ports', 'port', { network_id: networks.own, tenant_id: 'theirs' });

  await put('own', mine, 'security-groups', 'security_group', { name: 'g' });
  await put('foreign', theirs, 'security-groups', 'security_group', { name: 'g' });
  await put('own', mine, 'subnetpools', 'subnetpool', { name: 's', prefixes: ['10.1.0.0/16'] });
  await put('foreign', theirs, 'subnetpools', 'subnetpool', { name: 's', prefixes: ['10.2.0.0/16'] });
  await put('shared', admin, 'subnetpools', 'subnetpool', { name: 's', prefixes: ['10.3.0.0/16'], shared: true, tenant_id: 'theirs' });
  const scopes = {
    own: await put('own', mine, 'address-scopes', 'address_scope', { name: 'a', ip_version: 4 }),
    foreign: await put('foreign', theirs, 'address-scopes', 'address_scope', { name: 'a', ip_version: 4 }),
    shared: await put('shared', admin, 'address-scopes', 'address_scope', { name: 'a', ip_version: 4, shared: true, tenant_id: 'theirs' }),
  };
  // What is in use cannot be deleted, which tells as much as a wrong revision.
  await server.create(mine, '/v2.0/subnetpools', { subnetpool: { name: 'u', prefixes: ['10.4.0.0/16'], address_scope_id: scopes.own } });
  for (const [address_scope_id, prefix] of [[scopes.foreign, '10.5.0.0/16'], [scopes.shared, '10.6.0.0/16']] as const) {
    await server.create(theirs, '/v2.0/subnetpools', { subnetpool: { name: 'u', prefixes: [prefix], address_scope_id } });
  }
  return placed;
}

/** Statuses of a GET, of a PUT of a name and of a DELETE that is not carried out where it would be allowed ("may"). */
export async function treatment(server: NetworkServer, caller: Caller, { path, collection }: Placed): Promise<string> {
  const resource = collection.replaceAll('-', '_').slice(0, -1);
  const get = (await server.request(caller, 'GET', path)).status;
  const put = (await server.request(caller, 'PUT', path, { [resource]: { name: 'renamed' } })).status;
  // A revision that no object has: whoever may delete it is told so, and it stays.
  const deleted = (await server.request(caller, 'DELETE', path, undefined, { 'If-Match': 'revision_number=999999' })).status;
  return [get, put, deleted === 412 || deleted === 409 ? 'may' : deleted].join(' ');
}

export async function listed(server: NetworkServer, caller: Caller, collection: string): Promise<readonly JsonObject[]> {
  const { status, body } = await server.request(caller, 'GET', `/v2.0/${collection}`);
  if (status !== 200) throw new Error(`GET of ${collection}: ${status} ${JSON.stringify(body)}`);
  const objects = body[collection.replaceAll('-', '_')];
  return Array.isArray(objects) ? objects.filter(isJsonObject) : [];
}
