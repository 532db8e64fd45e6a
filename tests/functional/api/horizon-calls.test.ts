import type { Json, JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { liveAgent } from '../../support/live-agent.ts';
import { networkServer, type Caller, type NetworkServer } from '../../support/network-server.ts';

/** What the dashboard asks when its pages are opened and its forms are sent: by neutronclient, which writes True and False so. */

const project = 'b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2';
const user: Caller = { project, roles: 'member,reader' };
const admin: Caller = { project: 'c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3c3' };
let server: NetworkServer;

beforeAll(async () => {
  server = await networkServer('[ml2]\nextension_drivers = port_security\nmechanism_drivers = linuxbridge\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
  await liveAgent(server.db, 'compute1');
});
afterAll(async () => server[Symbol.asyncDispose]());

async function read(caller: Caller, path: string): Promise<Json> {
  const { status, body } = await server.request(caller, 'GET', `/v2.0${path}`);
  expect({ path, status }).toEqual({ path, status: 200 });
  return Object.values(body)[0] ?? null;
}
async function list(caller: Caller, path: string): Promise<readonly JsonObject[]> {
  return (await read(caller, path)) as readonly JsonObject[];
}
async function write(caller: Caller, method: 'PUT' | 'DELETE', path: string, body?: JsonObject): Promise<JsonObject> {
  const answer = await server.request(caller, method, `/v2.0${path}`, body);
  expect({ path, status: answer.status, error: answer.body['NeutronError'] }).toEqual({ path, status: method === 'DELETE' ? 204 : 200, error: undefined });
  return (Object.values(answer.body)[0] ?? {}) as JsonObject;
}

describe('Horizon', () => {
  it('makes its pages from the extensions', async () => {
    const aliases = (await list(user, '/extensions')).map(({ alias }) => alias);
    expect(aliases).toEqual(expect.arrayContaining(['provider', 'external-net', 'quotas', 'security-group', 'agent', 'dhcp_agent_scheduler', 'allowed-address-pairs', 'port-security', 'binding']));
  });

  it("shows a project's networks with their subnets and ports", async () => {
    const network = await server.create(user, '/v2.0/networks', { network: { name: 'own', admin_state_up: true, shared: false } });
    const id = String(network['id']);
    const subnet = await server.create(user, '/v2.0/subnets', {
      subnet: { network_id: id, name: 's', cidr: '10.3.0.0/24', ip_version: 4, gateway_ip: '10.3.0.1', enable_dhcp: true, allocation_pools: [{ start: '10.3.0.10', end: '10.3.0.20' }], dns_nameservers: ['10.3.0.2'], host_routes: [] },
    });
    await server.create(admin, '/v2.0/networks', { network: { name: 'outside', 'router:external': true, tenant_id: admin.project } });
    await server.create(admin, '/v2.0/networks', { network: { name: 'everybodys', shared: true } });
    expect((await list(user, `/networks?tenant_id=${project}&shared=False`)).map(({ name }) => name)).toEqual(['own']);
    expect((await list(user, '/networks?shared=True')).map(({ name }) => name)).toEqual(['everybodys']);
    expect((await list(user, '/networks?router%3Aexternal=True')).map(({ name }) => name)).toEqual(['outside']);
    expect(await list(user, `/subnets?network_id=${id}`)).toMatchObject([{ id: subnet['id'] }]);
    expect(await read(user, `/networks/${id}`)).toMatchObject({ name: 'own', status: 'ACTIVE', admin_state_up: true });

    const port = await server.create(user, '/v2.0/ports', { port: { network_id: id, name: 'p', admin_state_up: true, port_security_enabled: true, fixed_ips: [{ subnet_id: subnet['id'] ?? '' }] } });
    expect(await list(user, `/ports?network_id=${id}`)).toMatchObject([{ id: port['id'] }]);
    await write(user, 'PUT', `/ports/${String(port['id'])}`, { port: { allowed_address_pairs: [{ ip_address: '10.3.0.99' }] } });
    await write(user, 'PUT', `/subnets/${String(subnet['id'])}`, { subnet: { name: 'renamed', enable_dhcp: false, host_routes: [{ destination: '10.9.0.0/16', nexthop: '10.3.0.2' }] } });
    await write(user, 'PUT', `/networks/${id}`, { network: { name: 'renamed', admin_state_up: false } });
    await write(user, 'DELETE', `/ports/${String(port['id'])}`);
    await write(user, 'DELETE', `/networks/${id}`);
  });

  it('pages through networks both ways', async () => {
    for (const name of ['n1', 'n2', 'n3']) await server.create({ project: 'pages' }, '/v2.0/networks', { network: { name } });
    const first = await list(admin, '/networks?project_id=pages&limit=2&sort_key=id&sort_dir=asc');
    const second = await list(admin, `/networks?project_id=pages&limit=2&sort_key=id&sort_dir=asc&marker=${String(first[1]?.['id'])}`);
    const back = await list(admin, `/networks?project_id=pages&limit=2&sort_key=id&sort_dir=asc&page_reverse=True&marker=${String(second[0]?.['id'])}`);
    expect([first.length, second.length, back]).toEqual([2, 1, first]);
  });

  it('shows limits and use on the overview, and sets limits', async () => {
    expect(await read(user, `/quotas/${project}`)).toMatchObject({ network: expect.any(Number), port: expect.any(Number) });
    expect(await read(user, `/quotas/${project}/details`)).toMatchObject({ network: { limit: expect.any(Number), used: 0, reserved: 0 }, security_group: { limit: expect.any(Number) } });
    expect(await write(admin, 'PUT', `/quotas/${project}`, { quota: { network: 7, port: -1 } })).toMatchObject({ network: 7, port: -1 });
    await write(admin, 'DELETE', `/quotas/${project}`);
  });

  it('shows security groups, whose ports, and their rules', async () => {
    const group = await server.create(user, '/v2.0/security-groups', { security_group: { name: 'web', description: 'x' } });
    const id = String(group['id']);
    expect((await list(user, `/security-groups?tenant_id=${project}`)).map(({ name }) => name)).toEqual(expect.arrayContaining(['default', 'web']));
    const rule = await server.create(user, '/v2.0/security-group-rules', {
      security_group_rule: { security_group_id: id, direction: 'ingress', ethertype: 'IPv4', protocol: null, port_range_min: null, port_range_max: null, remote_ip_prefix: null, remote_group_id: id, description: '' },
    });
    const shown = (await read(user, `/security-groups/${id}`)) as { readonly security_group_rules: readonly JsonObject[] };
    expect(shown.security_group_rules.find((each) => each['id'] === rule['id'])).toMatchObject({ remote_group_id: id });
    expect(await list(user, `/ports?device_id=${crypto.randomUUID()}`)).toEqual([]);
    await write(user, 'PUT', `/security-groups/${id}`, { security_group: { name: 'www', description: '' } });
    await write(user, 'DELETE', `/security-group-rules/${String(rule['id'])}`);
    await write(user, 'DELETE', `/security-groups/${id}`);
  });

  it('shows administrators agents, zones and what is shared with whom', async () => {
    const [agent] = await list(admin, '/agents');
    expect(agent).toMatchObject({ host: 'compute1', alive: true, admin_state_up: true, agent_type: 'Linux bridge agent' });
    await list(admin, '/availability_zones');
    const network = await server.create(admin, '/v2.0/networks', { network: { name: 'seen', tenant_id: project, 'provider:network_type': 'vxlan', 'provider:segmentation_id': 142 } });
    expect(await list(admin, `/networks/${String(network['id'])}/dhcp-agents`)).toEqual([]);
    const policy = await server.create(admin, '/v2.0/rbac-policies', { rbac_policy: { action: 'access_as_shared', object_type: 'network', object_id: network['id'] ?? '', target_tenant: project } });
    expect((await list(admin, '/rbac-policies')).map((each) => each['id'])).toContain(policy['id']);
    await write(admin, 'PUT', `/rbac-policies/${String(policy['id'])}`, { rbac_policy: { target_tenant: '*' } });
    await write(admin, 'DELETE', `/rbac-policies/${String(policy['id'])}`);
  });

  it('offers subnet pools and address scopes', async () => {
    expect(await list(user, '/subnetpools')).toEqual([]);
    expect(await list(user, '/address-scopes')).toEqual([]);
  });
});
