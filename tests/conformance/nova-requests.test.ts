import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { liveAgent } from '../support/live-agent.ts';
import { networkServer, type Caller, type NetworkServer } from '../support/network-server.ts';

/**
 * What Nova (26.2, the Zed release) asks of the network API in the life of one instance, as a server's log showed it, in its order: booted with an
 * address of the user's wish, looked at, moved to another host and deleted. `user` is the token of the instance's owner, `nova` Nova's own.
 */
interface NovaRequest {
  readonly by: 'user' | 'nova';
  readonly what: string;
  /** `{port}` and so on stand for ids that are known by then. */
  readonly path: string;
  readonly method?: 'POST' | 'PUT' | 'DELETE';
  readonly body?: JsonObject;
  readonly status?: number;
  /** What the answer, or the first object of a list, must have. `{network}` and so on again. */
  readonly has?: JsonObject;
  /** Where the answer is a list: how many. */
  readonly count?: number;
  /** Of NeutronError. */
  readonly type?: string;
}

const project = 'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1';
const callers: Readonly<Record<NovaRequest['by'], Caller>> = { user: { project, roles: 'member,reader' }, nova: { project: 'service', roles: 'admin,service' } };
const instance = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';

const requests: readonly NovaRequest[] = [
  // nova-api, before it says yes
  { by: 'user', what: 'finds the network', path: '/networks?id={network}', count: 1, has: { id: '{network}', status: 'ACTIVE' } },
  { by: 'user', what: 'has no network for everybody', path: '/networks?shared=True', count: 0 },
  { by: 'user', what: 'finds all that an instance without networks may have', path: `/networks?tenant_id=${project}&shared=False&admin_state_up=True`, count: 1 },
  { by: 'user', what: 'asks for a network made for it, which only a service that is not here would do', path: `/auto-allocated-topology/${project}?fields=dry-run`, status: 404 },
  { by: 'user', what: 'sees that the address is free', path: '/ports?network_id={network}&fixed_ips=ip_address%3D192.0.2.10&fields=device_id', count: 0 },
  { by: 'user', what: 'sees its quota', path: `/quotas/${project}`, has: { port: 20 } },
  { by: 'user', what: 'counts its ports', path: `/ports?tenant_id=${project}&fields=id`, count: 0 },
  { by: 'nova', what: 'learns what the server can do', path: '/extensions' },
  { by: 'nova', what: 'asks for segments of a network that has one', path: '/networks/{network}?fields=segments', has: {} },
  { by: 'nova', what: 'asks how it is made', path: '/networks/{network}?fields=provider%3Aphysical_network&fields=provider%3Anetwork_type', has: { 'provider:network_type': 'vxlan', 'provider:physical_network': null } },
  // nova-compute, building it
  { by: 'user', what: 'sees that there are no ports of it yet', path: `/ports?device_id=${instance}`, count: 0 },
  { by: 'user', what: 'finds the groups that were named', path: `/security-groups?tenant_id=${project}&fields=id&fields=name`, count: 1, has: { name: 'default' } },
  {
    by: 'user', what: 'makes the port', method: 'POST', path: '/ports', status: 201,
    body: { port: { device_id: instance, fixed_ips: [{ ip_address: '192.0.2.10' }], network_id: '{network}', admin_state_up: true, tenant_id: project, security_groups: ['{group}'] } },
    has: { device_id: instance, device_owner: '', status: 'DOWN', tenant_id: project, security_groups: ['{group}'] },
  },
  {
    by: 'nova', what: 'binds it to a host that nobody has heard of', method: 'PUT', path: '/ports/{port}', body: { port: { device_id: instance, device_owner: 'compute:az1', 'binding:host_id': 'nowhere', 'binding:profile': {} } },
    has: { 'binding:vif_type': 'binding_failed', 'binding:vif_details': {} },
  },
  {
    by: 'nova', what: 'binds it to its host', method: 'PUT', path: '/ports/{port}', body: { port: { device_id: instance, device_owner: 'compute:az1', 'binding:host_id': 'compute1', 'binding:profile': {} } },
    has: { 'binding:vif_type': 'bridge', 'binding:vnic_type': 'normal', 'binding:host_id': 'compute1', device_owner: 'compute:az1' },
  },
  // What it remembers of an instance's network: asked anew with every event and now and then.
  { by: 'nova', what: 'lists the ports of the instance', path: `/ports?tenant_id=${project}&device_id=${instance}`, count: 1, has: { id: '{port}' } },
  { by: 'nova', what: 'lists their networks', path: '/networks?id={network}', count: 1, has: { name: 'net', mtu: 1450 } },
  { by: 'nova', what: 'asks for floating IPs, and takes it that there are none', path: '/floatingips?fixed_ip_address=192.0.2.10&port_id={port}', status: 404 },
  { by: 'nova', what: 'lists their subnets', path: '/subnets?id={subnet}', count: 1, has: { cidr: '192.0.2.0/24', gateway_ip: '192.0.2.1', dns_nameservers: [], host_routes: [], enable_dhcp: true, ip_version: 4 } },
  { by: 'nova', what: 'looks for the DHCP servers of each subnet', path: '/ports?network_id={network}&device_owner=network%3Adhcp', count: 0 },
  { by: 'nova', what: 'shows one port', path: '/ports/{port}', has: { id: '{port}', 'binding:profile': {}, network_id: '{network}' } },
  { by: 'nova', what: 'names the groups of a port', path: '/security-groups?id={group}&fields=id&fields=name', count: 1, has: { id: '{group}', name: 'default' } },
  { by: 'user', what: 'finds the instance by a part of its address', path: '/ports?fixed_ips=ip_address_substr%3D2.0.2.1&fields=device_id', count: 1, has: { device_id: instance } },
  { by: 'user', what: 'finds external networks', path: '/networks?router%3Aexternal=True&fields=id', count: 0 },
  // Live migration.
  { by: 'nova', what: 'binds the port to the other host too', method: 'POST', path: '/ports/{port}/bindings', body: { binding: { host: 'compute2', vnic_type: 'normal', profile: {} } }, status: 201, has: { host: 'compute2', status: 'INACTIVE', vif_type: 'bridge' } },
  { by: 'user', what: 'may not do so itself', method: 'POST', path: '/ports/{port}/bindings', body: { binding: { host: 'compute1' } }, status: 403 },
  { by: 'nova', what: 'shows that binding', path: '/ports/{port}/bindings/compute2', has: { status: 'INACTIVE' } },
  { by: 'nova', what: 'says where the instance goes', method: 'PUT', path: '/ports/{port}', body: { port: { 'binding:profile': { migrating_to: 'compute2' } } }, has: { 'binding:host_id': 'compute1' } },
  { by: 'nova', what: 'makes the other host its host', method: 'PUT', path: '/ports/{port}/bindings/compute2/activate' },
  { by: 'nova', what: 'does so once more, and sees that it is done', method: 'PUT', path: '/ports/{port}/bindings/compute2/activate', status: 409, type: 'PortBindingAlreadyActive' },
  { by: 'nova', what: 'sees that it is', path: '/ports/{port}/bindings/compute2', has: { status: 'ACTIVE' } },
  { by: 'nova', what: 'finds the ports of the instance on the new host', path: `/ports?device_id=${instance}&binding%3Ahost_id=compute2`, count: 1 },
  { by: 'nova', what: 'takes the old binding away', method: 'DELETE', path: '/ports/{port}/bindings/compute1', status: 204 },
  { by: 'nova', what: 'sees that it is gone', path: '/ports/{port}/bindings/compute1', status: 404, type: 'PortBindingNotFound' },
  // Shelved, or the port was the user's own: it is freed and stays.
  { by: 'nova', what: 'asks what to keep of a port that it frees', path: '/ports/{port}?fields=binding%3Aprofile&fields=network_id', has: { 'binding:profile': {}, network_id: '{network}' } },
  {
    by: 'nova', what: 'frees it', method: 'PUT', path: '/ports/{port}', body: { port: { 'binding:host_id': null, device_id: '', device_owner: '', 'binding:profile': {} } },
    has: { 'binding:host_id': '', 'binding:vif_type': 'unbound', 'binding:profile': {}, device_id: '', device_owner: '' },
  },
  // Or deleted with its instance.
  { by: 'user', what: 'deletes it', method: 'DELETE', path: '/ports/{port}', status: 204 },
  { by: 'user', what: 'deletes it again, which somebody else may have done', method: 'DELETE', path: '/ports/{port}', status: 404, type: 'PortNotFound' },
  { by: 'nova', what: 'sees that nothing of the instance is left', path: `/ports?tenant_id=${project}&device_id=${instance}`, count: 0 },
  // What it tells its users by the type of the error.
  { by: 'user', what: 'asks for an address that is not of the network', method: 'POST', path: '/ports', body: { port: { network_id: '{network}', fixed_ips: [{ ip_address: '198.51.100.1' }] } }, status: 400, type: 'InvalidIpForNetwork' },
  { by: 'user', what: 'takes an address', method: 'POST', path: '/ports', body: { port: { network_id: '{network}', fixed_ips: [{ ip_address: '192.0.2.20' }] } }, status: 201 },
  { by: 'user', what: 'asks for an address that is taken', method: 'POST', path: '/ports', body: { port: { network_id: '{network}', fixed_ips: [{ ip_address: '192.0.2.20' }] } }, status: 409, type: 'IpAddressAlreadyAllocated' },
  { by: 'user', what: 'asks for a port of a network that is not there', method: 'POST', path: '/ports', body: { port: { network_id: instance } }, status: 404, type: 'NetworkNotFound' },
];

describe('Nova, in the life of an instance,', () => {
  const known = new Map<string, string>();
  let server: NetworkServer;
  beforeAll(async () => {
    server = await networkServer('[ml2]\nextension_drivers = port_security\nmechanism_drivers = linuxbridge\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n[quotas]\nquota_port = 20\n');
    for (const host of ['compute1', 'compute2']) await liveAgent(server.db, host);
    const network = await server.create(callers.user, '/v2.0/networks', { network: { name: 'net' } });
    const subnet = await server.create(callers.user, '/v2.0/subnets', { subnet: { network_id: network['id'] ?? '', ip_version: 4, cidr: '192.0.2.0/24' } });
    const { body } = await server.request(callers.user, 'GET', '/v2.0/security-groups?name=default');
    for (const [name, object] of Object.entries({ network, subnet, group: (body['security_groups'] as readonly JsonObject[])[0] })) known.set(name, String(object?.['id']));
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const filled = <T extends Json | string>(value: T): T => JSON.parse(JSON.stringify(value).replaceAll(/\{(\w+)\}/g, (_, name: string) => known.get(name) ?? `{${name}}`)) as T;

  test.each(requests)('$what ($by)', async ({ by, method = 'GET', path, body, status = 200, has, count, type }) => {
    const answer = await server.request(callers[by], method, `/v2.0${filled(path)}`, body === undefined ? undefined : filled(body), { 'X-Openstack-Request-Id': 'req-9f1c2b3a-4d5e-6f70-8192-a3b4c5d6e7f8' });
    expect({ status: answer.status, answer: answer.status === status ? undefined : answer.body }).toEqual({ status, answer: undefined });
    const [shown] = Object.values(answer.body);
    if (type !== undefined) expect(shown).toMatchObject({ type });
    if (count !== undefined) expect(shown).toHaveLength(count);
    const object = Array.isArray(shown) ? shown[0] : shown;
    if (has !== undefined) expect(object).toMatchObject(filled(has));
    if (isJsonObject(object) && method === 'POST' && path === '/ports' && !known.has('port')) known.set('port', String(object['id']));
  });
});
