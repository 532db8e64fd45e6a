import { describe, expect, test } from 'vitest';
import type { ListQuery } from '@neutrino/server/api/resource-handler';
import { loadDrivers } from '@neutrino/server/plugins/ml2/drivers/registry';
import { defaultMl2Settings } from '@neutrino/server/plugins/ml2/settings';
import { admin, createOne, member, reportLinuxBridgeAgent, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';
import { processorMs } from '../../support/processor-time.ts';

const project = member('p1');
const all: ListQuery = { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false };

describe('a network', () => {
  test('of a project is a VXLAN segment with the MTU that leaves room for the tunnel', async () => {
    await using scratch = await scratchDatabase();
    const { core, events } = startMl2(scratch.db, { vniRanges: ['500:500'] });
    const network = await createOne(core.networks, project, { name: 'n', description: 'd' });
    expect(network).toMatchObject({
      name: 'n', description: 'd', project_id: 'p1', admin_state_up: true, status: 'ACTIVE', shared: false, subnets: [], tags: [],
      mtu: 1450, 'provider:network_type': 'vxlan', 'provider:segmentation_id': 500, 'provider:physical_network': null,
      'router:external': false, port_security_enabled: true, revision_number: 1, availability_zone_hints: [],
    });
    expect(network['created_at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(events).toMatchObject([{ resource: 'network', operation: 'create', id: network.id }]);
    await expect(createOne(core.networks, project, { mtu: 1451 })).rejects.toMatchObject({ type: 'NoNetworkAvailable', status: 503 });
    await core.networks.delete?.(project, network.id);
    await expect(createOne(core.networks, project, { mtu: 1451 })).rejects.toMatchObject({ type: 'InvalidInput' });
    expect(await createOne(core.networks, project, { mtu: 1400 })).toMatchObject({ mtu: 1400 });
  });

  test('each of 100 made at once has an id of its own, and the 101st has none left', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db, { tenantNetworkTypes: ['vlan', 'vxlan'], networkVlanRanges: ['phys1:10:49', 'phys2'], vniRanges: ['1:30', '100:129'] });
    const networks = await Promise.all(Array.from({ length: 100 }, () => createOne(core.networks, project, {})));
    const wires = networks.map((network) => [network['provider:network_type'], network['provider:physical_network'], network['provider:segmentation_id']].join(':'));
    expect(new Set(wires).size).toBe(100);
    expect(wires.filter((wire) => wire.startsWith('vlan:phys1:'))).toHaveLength(40);
    await expect(createOne(core.networks, project, {})).rejects.toMatchObject({ type: 'NoNetworkAvailable' });
  });

  test('has a VNI at once from a range of sixteen million', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db, { vniRanges: ['1:16777215'] });
    const started = process.cpuUsage();
    await createOne(core.networks, project, {});
    expect(processorMs(started)).toBeLessThan(5000);
  });

  test('of a provider has the segment asked for, once', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db, { networkVlanRanges: ['phys1'], physicalNetworkMtus: { phys1: 1400 } });
    const vlan = { 'provider:network_type': 'vlan', 'provider:physical_network': 'phys1', 'provider:segmentation_id': 7 };
    expect(await createOne(core.networks, admin, vlan)).toMatchObject({ ...vlan, mtu: 1400 });
    await expect(createOne(core.networks, admin, vlan)).rejects.toMatchObject({ type: 'VlanIdInUse' });
    const flat = { 'provider:network_type': 'flat', 'provider:physical_network': 'phys9' };
    await createOne(core.networks, admin, flat);
    await expect(createOne(core.networks, admin, flat)).rejects.toMatchObject({ type: 'FlatNetworkInUse' });
    const vxlan = { 'provider:network_type': 'vxlan', 'provider:segmentation_id': 70_000 };
    await createOne(core.networks, admin, vxlan);
    await expect(createOne(core.networks, admin, vxlan)).rejects.toMatchObject({ type: 'TunnelIdInUse' });
    for (const wrong of [
      { ...vlan, 'provider:physical_network': 'unknown' },
      { ...vlan, 'provider:segmentation_id': 4095 },
      { 'provider:network_type': 'vlan', 'provider:segmentation_id': 7 },
      { 'provider:network_type': 'flat' },
      { 'provider:network_type': 'gre' },
      { 'provider:segmentation_id': 7 },
      { 'provider:network_type': 'vxlan', 'provider:physical_network': 'phys1' },
    ]) {
      await expect(createOne(core.networks, admin, wrong)).rejects.toMatchObject({ type: 'InvalidInput' });
    }
  });

  test('may lie on several segments, is found by each, and moves to another VLAN while nothing is bound', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents } = startMl2(scratch.db, { networkVlanRanges: ['phys1', 'phys2'] });
    const segment = (physnet: string, id: number) => ({ 'provider:network_type': 'vlan', 'provider:physical_network': physnet, 'provider:segmentation_id': id });
    const segments = [segment('phys1', 5), segment('phys2', 6)];
    const network = await createOne(core.networks, admin, { segments });
    expect(network['segments']).toEqual(segments);
    expect(network).not.toHaveProperty('provider:network_type');
    expect(await core.networks.list(admin, { ...all, filters: { 'provider:segmentation_id': [6] } })).toHaveLength(1);
    await expect(createOne(core.networks, admin, { segments: [segments[0] ?? {}, segments[0] ?? {}] })).rejects.toMatchObject({ type: 'VlanIdInUse' });

    const single = await createOne(core.networks, admin, segment('phys1', 8));
    expect(await core.networks.update?.(admin, single.id, { 'provider:segmentation_id': 9 })).toMatchObject(segment('phys1', 9));
    await expect(core.networks.update?.(admin, single.id, { 'provider:segmentation_id': 5 })).rejects.toMatchObject({ type: 'VlanIdInUse' });
    await reportLinuxBridgeAgent(agents, 'compute1', { interface_mappings: { phys1: 'eth1' } });
    await createOne(core.ports, admin, { network_id: single.id, 'binding:host_id': 'compute1' });
    await expect(core.networks.update?.(admin, single.id, { 'provider:segmentation_id': 10 })).rejects.toMatchObject({ type: 'InvalidInput' });
  });

  test('is seen by its project, by those it is shared with, and external by all', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const own = await createOne(core.networks, project, {});
    const shared = await createOne(core.networks, admin, { project_id: 'p0', shared: true });
    const external = await createOne(core.networks, admin, { project_id: 'p0', 'router:external': true });
    const granted = await createOne(core.networks, admin, { project_id: 'p0' });
    await scratch.db
      .insertInto('network_rbacs')
      .values({ id: crypto.randomUUID(), object_id: granted.id, project_id: 'p0', action: 'access_as_shared', target_project: 'p1' })
      .execute();
    const seen = async (query: Partial<ListQuery>, context = project) => new Set((await core.networks.list(context, { ...all, ...query })).map(({ id }) => id));
    expect(await seen({})).toEqual(new Set([own.id, shared.id, external.id, granted.id]));
    expect(await seen({ filters: { shared: [true] } })).toEqual(new Set([shared.id, granted.id]));
    expect(await seen({ filters: { 'router:external': [true] } })).toEqual(new Set([external.id]));
    expect(await seen({}, member('p2'))).toEqual(new Set([shared.id, external.id]));
    expect(await core.networks.get(project, granted.id)).toMatchObject({ shared: true });
    await expect(core.networks.get(member('p2'), own.id)).rejects.toMatchObject({ type: 'NetworkNotFound' });
    await expect(createOne(core.ports, project, { network_id: external.id })).rejects.toMatchObject({ status: 403 });
    await createOne(core.ports, project, { network_id: granted.id });
  });

  test('stays shared while another project uses it', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, admin, { project_id: 'p1', shared: true });
    const port = await createOne(core.ports, member('p2'), { network_id: network.id });
    await expect(core.networks.update?.(admin, network.id, { shared: false })).rejects.toMatchObject({ type: 'InvalidSharedSetting' });
    await core.ports.delete?.(admin, port.id);
    expect(await core.networks.update?.(admin, network.id, { shared: false })).toMatchObject({ shared: false, revision_number: 2 });
  });

  test('is deleted with subnets, tags and DHCP ports, but not under other ports', async () => {
    await using scratch = await scratchDatabase();
    const { core, events } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const dhcp = await createOne(core.ports, admin, { network_id: network.id, project_id: 'p1', device_owner: 'network:dhcp' });
    expect(dhcp['fixed_ips']).toEqual([{ subnet_id: subnet.id, ip_address: '10.0.0.2' }]);
    const port = await createOne(core.ports, project, { network_id: network.id });
    await scratch.db.insertInto('tags').values({ resource_id: network.id, collection: 'networks', tag: 'x' }).execute();
    await expect(core.networks.delete?.(project, network.id)).rejects.toMatchObject({ type: 'NetworkInUse', status: 409 });
    await core.ports.delete?.(project, port.id);
    events.length = 0;
    await core.networks.delete?.(project, network.id);
    expect(events.map(({ resource, operation, id }) => `${operation} ${resource} ${id}`)).toEqual([
      `delete port ${dhcp.id}`,
      `delete subnet ${subnet.id}`,
      `delete network ${network.id}`,
    ]);
    for (const table of ['tags', 'ports', 'subnets', 'network_segments', 'ip_allocations', 'port_bindings'] as const) {
      expect(await scratch.db.selectFrom(table).selectAll().execute()).toEqual([]);
    }
  });

  test('hints only at zones that a DHCP agent is in, and shows those that serve it', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents } = startMl2(scratch.db);
    const dhcp = { binary: 'neutron-dhcp-agent', agent_type: 'DHCP agent', host: 'h', topic: 'dhcp_agent', availability_zone: 'east', configurations: {} };
    await agents.report({ ...dhcp, start_flag: true }, new Date().toISOString());
    await expect(createOne(core.networks, project, { availability_zone_hints: ['west'] })).rejects.toMatchObject({ type: 'AvailabilityZoneNotFound' });
    const network = await createOne(core.networks, project, { availability_zone_hints: ['east'] });
    expect(network).toMatchObject({ availability_zone_hints: ['east'], availability_zones: [] });
    const agent = await scratch.db.selectFrom('agents').select('id').executeTakeFirstOrThrow();
    await scratch.db.insertInto('network_dhcp_agent_bindings').values({ network_id: network.id, dhcp_agent_id: agent.id }).execute();
    expect(await core.networks.get(project, network.id)).toMatchObject({ availability_zones: ['east'] });
  });

  test('keeps an MTU that its subnets can live with', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: 'fd00::/64', ip_version: 6 });
    await expect(core.networks.update?.(project, network.id, { mtu: 1200 })).rejects.toMatchObject({ type: 'NetworkMTUSubnetConflict' });
    expect(await core.networks.update?.(project, network.id, { mtu: 1300, name: 'slim', admin_state_up: false })).toMatchObject({ mtu: 1300, name: 'slim', admin_state_up: false });
  });
});

describe('the configuration of drivers', () => {
  test.each([
    [{ mechanismDrivers: ['openvswitch'] }, /mechanism_drivers: no driver openvswitch/],
    [{ typeDrivers: ['flat'] }, /vxlan, whose driver is not in type_drivers/],
    [{ vniRanges: ['10:1'] }, /ends before it begins/],
    [{ vniRanges: ['0:10'] }, /not within/],
    [{ networkVlanRanges: ['phys:1:5000'] }, /not within/],
    [{ networkVlanRanges: [':1:5'] }, /names no physical network/],
  ])('%j is refused at the start', (settings, message) => {
    expect(() => loadDrivers({ ...defaultMl2Settings, ...settings })).toThrow(message);
  });
});
