import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';

const admin = { project: 'admin-project' };
const member = { project: 'p1', roles: 'member,reader' };

async function portOn(server: NetworkServer, more: JsonObject = {}): Promise<JsonObject> {
  const network = await server.create(member, '/v2.0/networks', { network: { name: 'n' } });
  return server.create(member, '/v2.0/ports', { port: { network_id: network['id'], ...more } });
}

async function aliases(server: NetworkServer): Promise<readonly unknown[]> {
  const { body } = await server.request(admin, 'GET', '/v2.0/extensions');
  return (body['extensions'] as readonly JsonObject[]).map(({ alias }) => alias);
}

describe('Attributes of ports that others read', () => {
  it('are there whatever drivers are named: the device profile and the NUMA affinity policy', async () => {
    await using server = await networkServer('[ml2]\nextension_drivers =\n');
    expect(await aliases(server)).toEqual(expect.arrayContaining(['port-device-profile', 'port-numa-affinity-policy', 'port-mac-address-regenerate', 'port-mac-override']));
    const port = await portOn(server, { device_profile: 'gpu', numa_affinity_policy: 'preferred' });
    expect(port).toMatchObject({ device_profile: 'gpu', numa_affinity_policy: 'preferred' });
    expect(port).not.toHaveProperty('data_plane_status');
    expect(port).not.toHaveProperty('propagate_uplink_status');
    const path = `/v2.0/ports/${String(port['id'])}`;
    const changed = await server.request(member, 'PUT', path, { port: { numa_affinity_policy: null } });
    expect(changed.body['port']).toMatchObject({ device_profile: 'gpu', numa_affinity_policy: null });
    expect((await server.request(member, 'PUT', path, { port: { device_profile: 'other' } })).status).toBe(400);
    expect((await server.request(member, 'PUT', path, { port: { numa_affinity_policy: 'close' } })).status).toBe(400);
  });

  it('say whether the uplink status is propagated, where that driver is loaded', async () => {
    await using server = await networkServer('[ml2]\nextension_drivers = uplink_status_propagation\n');
    expect(await aliases(server)).toContain('uplink-status-propagation');
    expect(await portOn(server)).toMatchObject({ propagate_uplink_status: true });
    const port = await portOn(server, { propagate_uplink_status: false });
    expect(port).toMatchObject({ propagate_uplink_status: false });
    expect((await server.request(member, 'PUT', `/v2.0/ports/${String(port['id'])}`, { port: { propagate_uplink_status: true } })).status).toBe(400);
  });

  it('have the data plane status that an administrator or a data plane integrator gives them', async () => {
    await using server = await networkServer('[ml2]\nextension_drivers = data_plane_status\n');
    const port = await portOn(server);
    expect(port).toMatchObject({ data_plane_status: null });
    const path = `/v2.0/ports/${String(port['id'])}`;
    const body = { port: { data_plane_status: 'DOWN' } };
    expect((await server.request(member, 'PUT', path, body)).status).toBe(403);
    const given = await server.request(admin, 'PUT', path, body);
    expect(given.body['port']).toMatchObject({ data_plane_status: 'DOWN', revision_number: Number(port['revision_number']) + 1 });
    const integrator = { project: 'p1', roles: 'member,reader,data_plane_integrator' };
    expect((await server.request(integrator, 'PUT', path, { port: { data_plane_status: 'ACTIVE' } })).body['port']).toMatchObject({ data_plane_status: 'ACTIVE' });
    expect((await server.request(admin, 'PUT', path, { port: { data_plane_status: 'UP' } })).status).toBe(400);
    expect((await server.request(admin, 'POST', '/v2.0/ports', { port: { network_id: port['network_id'], data_plane_status: 'ACTIVE' } })).status).toBe(400);
  });

  it('include tags from the start', async () => {
    await using server = await networkServer('[ml2]\nextension_drivers = tag_ports_during_bulk_creation\n');
    expect(await aliases(server)).toContain('tag-ports-during-bulk-creation');
    const network = await server.create(member, '/v2.0/networks', { network: {} });
    const ports = [{ network_id: network['id'], tags: ['red', 'blue'] }, { network_id: network['id'], tags: [] }, { network_id: network['id'] }];
    const { status, body } = await server.request(member, 'POST', '/v2.0/ports', { ports });
    expect(status).toBe(201);
    expect((body['ports'] as readonly JsonObject[]).map(({ tags }) => tags)).toEqual([['blue', 'red'], [], []]);
    const found = await server.request(member, 'GET', '/v2.0/ports?tags=red');
    expect(found.body['ports']).toHaveLength(1);
    expect((await server.request(member, 'POST', '/v2.0/ports', { port: { network_id: network['id'], tags: ['a', 'a'] } })).status).toBe(400);
  });
});

describe('The MAC address of a port', () => {
  it('is another one after a PUT of null, and stays while the port is bound', async () => {
    await using server = await networkServer();
    const port = await portOn(server);
    const path = `/v2.0/ports/${String(port['id'])}`;
    const changed = await server.request(admin, 'PUT', path, { port: { mac_address: null } });
    expect(changed.status).toBe(200);
    const { mac_address: mac } = changed.body['port'] as JsonObject;
    expect(mac).toMatch(/^fa:16:3e(:[0-9a-f]{2}){3}$/);
    expect(mac).not.toBe(port['mac_address']);
    expect((await server.request(member, 'PUT', path, { port: { mac_address: null } })).status).toBe(403);
    await server.db.updateTable('port_bindings').set({ vif_type: 'bridge' }).execute();
    const refused = await server.request(admin, 'PUT', path, { port: { mac_address: null } });
    expect([refused.status, (refused.body['NeutronError'] as JsonObject)['type']]).toEqual([409, 'PortBound']);
  });

  it('is that of the device for a port of a physical function, until the instance is gone', async () => {
    await using server = await networkServer();
    const network = await server.create(admin, '/v2.0/networks', { network: {} });
    const device = { 'binding:vnic_type': 'direct-physical', 'binding:host_id': 'h1', device_id: 'vm', device_owner: 'compute:nova' };
    const body = { network_id: network['id'], ...device, 'binding:profile': { device_mac_address: '00:53:00:00:00:01' } };
    const port = await server.create(admin, '/v2.0/ports', { port: body });
    expect(port).toMatchObject({ mac_address: '00:53:00:00:00:01' });
    const second = await server.request(admin, 'POST', '/v2.0/ports', { port: body });
    expect([second.status, (second.body['NeutronError'] as JsonObject)['type']]).toEqual([409, 'MacAddressInUse']);
    const path = `/v2.0/ports/${String(port['id'])}`;
    const moved = await server.request(admin, 'PUT', path, { port: { 'binding:host_id': 'h2', 'binding:profile': { device_mac_address: '00:53:00:00:00:02' } } });
    expect(moved.body['port']).toMatchObject({ mac_address: '00:53:00:00:00:02' });
    const freed = await server.request(admin, 'PUT', path, { port: { device_id: '', device_owner: '', 'binding:host_id': null, 'binding:profile': null } });
    expect((freed.body['port'] as JsonObject)['mac_address']).toMatch(/^fa:16:3e/);
  });
});

describe('Transparent networks', () => {
  it('can be asked for where the option is on, and found', async () => {
    await using server = await networkServer('vlan_transparent = true\n[ml2]\nmechanism_drivers = linuxbridge\n');
    expect(await aliases(server)).toContain('vlan-transparent');
    const transparent = await server.create(member, '/v2.0/networks', { network: { vlan_transparent: true } });
    const plain = await server.create(member, '/v2.0/networks', { network: {} });
    expect([transparent['vlan_transparent'], plain['vlan_transparent']]).toEqual([true, false]);
    const found = await server.request(member, 'GET', '/v2.0/networks?vlan_transparent=True&fields=id');
    expect(found.body['networks']).toEqual([{ id: transparent['id'] }]);
    expect((await server.request(member, 'PUT', `/v2.0/networks/${String(plain['id'])}`, { network: { vlan_transparent: true } })).status).toBe(400);
  });

  it('are unknown where it is off', async () => {
    await using server = await networkServer();
    expect(await aliases(server)).not.toContain('vlan-transparent');
    expect((await server.request(member, 'POST', '/v2.0/networks', { network: { vlan_transparent: true } })).status).toBe(400);
  });
});

describe('DNS names of ports', () => {
  const settings = 'dns_domain = cloud.example\n[ml2]\nextension_drivers = dns_domain_keywords\n';

  it('name their addresses within the domain of the cloud', async () => {
    await using server = await networkServer(settings);
    expect(await aliases(server)).toEqual(expect.arrayContaining(['dns-integration', 'dns-domain-ports', 'subnet-dns-publish-fixed-ip', 'dns-integration-domain-keywords']));
    const network = await server.create(member, '/v2.0/networks', { network: { dns_domain: 'Net.Example.' } });
    expect(network).toMatchObject({ dns_domain: 'net.example.' });
    const subnet = await server.create(member, '/v2.0/subnets', { subnet: { network_id: network['id'], cidr: '192.0.2.0/24', ip_version: 4, dns_publish_fixed_ip: true } });
    expect(subnet).toMatchObject({ dns_publish_fixed_ip: true });
    const port = await server.create(member, '/v2.0/ports', { port: { network_id: network['id'], dns_name: 'VM1', dns_domain: 'port.example.' } });
    const [{ ip_address }] = port['fixed_ips'] as unknown as [{ ip_address: string }];
    expect(port).toMatchObject({ dns_name: 'vm1', dns_domain: 'port.example.', dns_assignment: [{ ip_address, hostname: 'vm1', fqdn: 'vm1.cloud.example.' }] });
    const path = `/v2.0/ports/${String(port['id'])}`;
    const renamed = await server.request(member, 'PUT', path, { port: { dns_name: '' } });
    const hostname = `host-${ip_address.replaceAll('.', '-')}`;
    expect(renamed.body['port']).toMatchObject({ dns_name: '', dns_assignment: [{ ip_address, hostname, fqdn: `${hostname}.cloud.example.` }] });
  });

  it('are refused where they do not fit the domain', async () => {
    await using server = await networkServer(settings);
    const port = await portOn(server);
    for (const name of ['vm.other.', '-vm', 'a b']) {
      const { status, body } = await server.request(member, 'PUT', `/v2.0/ports/${String(port['id'])}`, { port: { dns_name: name } });
      expect([status, (body['NeutronError'] as JsonObject)['message']]).toEqual([400, expect.stringContaining('Invalid input for dns_name')]);
    }
    expect((await server.request(member, 'PUT', `/v2.0/ports/${String(port['id'])}`, { port: { dns_name: 'vm.cloud.example.' } })).status).toBe(200);
  });

  it('are not kept while the domain is the default one', async () => {
    await using server = await networkServer('[ml2]\nextension_drivers = dns\n');
    expect(await aliases(server)).not.toContain('dns-domain-ports');
    const port = await portOn(server, { dns_name: 'vm1' });
    expect(port).toMatchObject({ dns_name: '', dns_assignment: [] });
  });
});
