import type { JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveAgent } from '../../support/live-agent.ts';
import { networkServer, type Answer, type Caller, type NetworkServer } from '../../support/network-server.ts';

/** What Nova asks of the network API in the life of an instance, in its words: with the user's token, and as its own service user. */

const user: Caller = { project: 'a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1', roles: 'member,reader' };
const nova: Caller = { project: 'service', roles: 'admin,service' };
const instance = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';
const globalId = 'req-9f1c2b3a-4d5e-6f70-8192-a3b4c5d6e7f8';
let server: NetworkServer;
let network: JsonObject;
let subnet: JsonObject;

beforeAll(async () => {
  server = await networkServer('[ml2]\nextension_drivers = port_security\nmechanism_drivers = linuxbridge\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n[quotas]\nquota_port = 20\n');
  network = await server.create(user, '/v2.0/networks', { network: { name: 'net' } });
  subnet = await server.create(user, '/v2.0/subnets', { subnet: { network_id: network['id'] ?? '', ip_version: 4, cidr: '192.0.2.0/24' } });
});
afterAll(async () => server[Symbol.asyncDispose]());

const get = (caller: Caller, path: string): Promise<Answer> => server.request(caller, 'GET', `/v2.0${path}`, undefined, { 'X-Openstack-Request-Id': globalId });
const list = async (caller: Caller, path: string): Promise<readonly JsonObject[]> => {
  const { status, body } = await get(caller, path);
  expect({ path, status }).toEqual({ path, status: 200 });
  return Object.values(body)[0] as readonly JsonObject[];
};
const put = (caller: Caller, id: unknown, port: JsonObject): Promise<Answer> => server.request(caller, 'PUT', `/v2.0/ports/${String(id)}`, { port });
const typeOf = ({ body }: Answer): unknown => (body['NeutronError'] as JsonObject | undefined)?.['type'];

describe('Nova', () => {
  it('learns what the server can do', async () => {
    const aliases = (await list(nova, '/extensions')).map(({ alias }) => alias);
    expect(aliases).toEqual(expect.arrayContaining(['binding', 'multi-provider', 'ip-substring-filtering']));
  });

  it('finds the networks that an instance may have', async () => {
    const id = String(network['id']);
    expect(await list(user, `/networks?id=${id}`)).toMatchObject([{ id }]);
    expect(await list(user, `/networks?tenant_id=${user.project}&shared=False&admin_state_up=True`)).toMatchObject([{ id }]);
    expect(await list(user, '/networks?shared=True')).toEqual([]);
    expect((await get(nova, `/networks/${id}?fields=provider%3Aphysical_network&fields=provider%3Anetwork_type`)).body).toEqual({ network: { 'provider:network_type': 'vxlan', 'provider:physical_network': null } });
    expect(await list(user, '/networks?router%3Aexternal=True&fields=id')).toEqual([]);
  });

  it('sees before the boot whether there is room', async () => {
    const quota = (await get(user, `/quotas/${user.project}`)).body['quota'] as JsonObject;
    expect(quota['port']).toBe(20);
    expect(await list(user, `/ports?tenant_id=${user.project}&fields=id`)).toEqual([]);
    expect(await list(user, `/security-groups?tenant_id=${user.project}&fields=id&fields=name`)).toMatchObject([{ name: 'default' }]);
    expect(await list(nova, `/ports?network_id=${String(network['id'])}&fixed_ips=ip_address%3D192.0.2.9&fields=device_id`)).toEqual([]);
  });

  it('makes a port, binds it to a host, shows it, and takes it away again', async () => {
    const asked = { device_id: instance, network_id: network['id'] ?? '', admin_state_up: true, tenant_id: user.project, fixed_ips: [{ ip_address: '192.0.2.10' }] };
    const port = await server.create(user, '/v2.0/ports', { port: asked });
    expect(port).toMatchObject({ device_id: instance, status: 'DOWN' });
    // Nobody heard of an agent on that host: Nova is told so in the answer, not by an error.
    const bound = (await put(nova, port['id'], { device_id: instance, device_owner: 'compute:nova', 'binding:host_id': 'compute1', 'binding:profile': {} })).body['port'] as JsonObject;
    expect(bound).toMatchObject({ 'binding:host_id': 'compute1', 'binding:vif_type': 'binding_failed', 'binding:vif_details': {}, device_owner: 'compute:nova' });

    // The info cache.
    expect(await list(nova, `/ports?tenant_id=${user.project}&device_id=${instance}`)).toMatchObject([{ id: port['id'] }]);
    expect(await list(nova, `/ports?device_id=${instance}&binding%3Ahost_id=compute1`)).toMatchObject([{ id: port['id'] }]);
    expect(await list(nova, `/subnets?id=${String(subnet['id'])}`)).toMatchObject([{ gateway_ip: '192.0.2.1', dns_nameservers: [], host_routes: [], enable_dhcp: true }]);
    expect(await list(nova, `/ports?network_id=${String(network['id'])}&device_owner=network%3Adhcp`)).toEqual([]);
    expect(await list(nova, `/ports?fixed_ips=ip_address_substr%3D192.0.2.1&fields=device_id`)).toMatchObject([{ device_id: instance }]);

    expect((await get(nova, `/ports/${String(port['id'])}?fields=binding%3Aprofile&fields=network_id`)).body).toEqual({ port: { 'binding:profile': {}, network_id: network['id'] } });
    const freed = (await put(nova, port['id'], { 'binding:host_id': null, device_id: '', device_owner: '', 'binding:profile': {} })).body['port'] as JsonObject;
    expect(freed).toMatchObject({ 'binding:host_id': '', 'binding:vif_type': 'unbound', device_id: '', device_owner: '' });
    expect((await server.request(user, 'DELETE', `/v2.0/ports/${String(port['id'])}`)).status).toBe(204);
    const gone = await get(nova, `/ports/${String(port['id'])}`);
    expect({ status: gone.status, type: typeOf(gone) }).toEqual({ status: 404, type: 'PortNotFound' });
  });

  it('knows errors by their types', async () => {
    const ask = async (port: JsonObject): Promise<unknown> => {
      const answer = await server.request(user, 'POST', '/v2.0/ports', { port: { network_id: network['id'] ?? '', ...port } });
      return `${answer.status} ${String(typeOf(answer))}`;
    };
    const first = await server.create(user, '/v2.0/ports', { port: { network_id: network['id'] ?? '', fixed_ips: [{ ip_address: '192.0.2.20' }] } });
    expect(await ask({ fixed_ips: [{ ip_address: '192.0.2.20' }] })).toBe('409 IpAddressAlreadyAllocated');
    expect(await ask({ fixed_ips: [{ ip_address: '198.51.100.1' }] })).toBe('400 InvalidIpForNetwork');
    expect((await server.request(nova, 'POST', '/v2.0/ports', { port: { network_id: network['id'] ?? '', mac_address: first['mac_address'] ?? '' } })).status).toBe(409);
    for (let count = 0; count < 19; count++) await server.create(user, '/v2.0/ports', { port: { network_id: network['id'] ?? '' } });
    expect(await ask({})).toBe('409 OverQuota');
  });

  it('moves an instance to another host', async () => {
    for (const host of ['compute1', 'compute2']) await liveAgent(server.db, host);
    const { id } = (await list(user, `/ports?network_id=${String(network['id'])}&limit=1`))[0] ?? {};
    const bound = await put(nova, id, { 'binding:host_id': 'compute1', device_id: instance, device_owner: 'compute:nova' });
    expect(bound.body['port']).toMatchObject({ 'binding:vif_type': 'bridge', 'binding:vif_details': expect.any(Object) });

    expect((await list(nova, '/extensions')).map(({ alias }) => alias)).toContain('binding-extended');
    const bindings = `/v2.0/ports/${String(id)}/bindings`;
    const made = await server.request(nova, 'POST', bindings, { binding: { host: 'compute2', vnic_type: 'normal', profile: {} } });
    expect({ status: made.status, body: made.body }).toMatchObject({ status: 201, body: { binding: { host: 'compute2', status: 'INACTIVE', vif_type: 'bridge' } } });
    expect((await put(nova, id, { 'binding:profile': { migrating_to: 'compute2' } })).body['port']).toMatchObject({ 'binding:host_id': 'compute1' });
    expect((await server.request(nova, 'PUT', `${bindings}/compute2/activate`)).status).toBe(200);
    expect(typeOf(await server.request(nova, 'PUT', `${bindings}/compute2/activate`))).toBe('PortBindingAlreadyActive');
    expect((await server.request(nova, 'GET', `${bindings}/compute1`)).body['binding']).toMatchObject({ status: 'INACTIVE' });
    expect((await server.request(nova, 'DELETE', `${bindings}/compute1`)).status).toBe(204);
    expect(await list(nova, `/ports?device_id=${instance}&binding%3Ahost_id=compute2`)).toMatchObject([{ id }]);
    // What an instance's owner has is not theirs to move.
    expect((await server.request(user, 'POST', bindings, { binding: { host: 'compute1' } })).status).toBe(403);
  });

  it('keeps security groups for its users', async () => {
    const group = await server.create(user, '/v2.0/security-groups', { security_group: { name: 'web', description: '' } });
    const rule = await server.create(user, '/v2.0/security-group-rules', { security_group_rule: { security_group_id: group['id'] ?? '', direction: 'ingress', protocol: 'tcp', port_range_min: 80, port_range_max: 80, ethertype: 'IPv4' } });
    const { id } = (await list(user, `/ports?network_id=${String(network['id'])}&limit=1`))[0] ?? {};
    expect((await put(user, id, { security_groups: [group['id'] ?? ''] })).body['port']).toMatchObject({ security_groups: [group['id']] });
    const [shown] = (await list(user, `/security-groups?name=web&tenant_id=${user.project}`)) as readonly unknown[] as readonly { readonly security_group_rules: readonly JsonObject[] }[];
    expect(shown?.security_group_rules.map((each) => each['id'])).toContain(rule['id']);
    expect(typeOf(await server.request(user, 'DELETE', `/v2.0/security-groups/${String(group['id'])}`))).toBe('SecurityGroupInUse');
  });
});
