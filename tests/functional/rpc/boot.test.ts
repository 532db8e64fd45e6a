import type { JsonObject } from '@neutrino/lib/json';
import type { DevicesDetailsReply, UpdateDeviceListReply } from '@neutrino/lib/rpc/payloads';
import { topics } from '@neutrino/lib/rpc/topics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, report, reportAgents, runningServer, tap, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await runningServer();
});
afterEach(() => server[Symbol.asyncDispose]());

const statusOf = async (port: JsonObject): Promise<unknown> => (await server.core.ports.get(admin, idOf(port)))['status'];
const details = async (devices: readonly string[], host = 'compute-1'): Promise<DevicesDetailsReply> =>
  (await server.call('get_devices_details_list_and_failed_devices', { devices, agent_id: 'lb', host }, '1.9')) as unknown as DevicesDetailsReply;
const update = async (args: JsonObject): Promise<UpdateDeviceListReply> =>
  (await server.call('update_device_list', { agent_id: 'lb', host: 'compute-1', ...args }, '1.9')) as unknown as UpdateDeviceListReply;

describe('a port on its way to ACTIVE', () => {
  test('is bound, wired, served by DHCP, and goes DOWN with its device', async () => {
    await reportAgents(server, 'compute-1');
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    expect(port).toMatchObject({ 'binding:vif_type': 'bridge', status: 'DOWN' });

    const { devices, failed_devices } = await details([tap(port), 'tapffffffff-ff']);
    expect(failed_devices).toEqual([]);
    expect(devices[0]).toMatchObject({
      device: tap(port),
      port_id: port['id'],
      network_id: network['id'],
      mac_address: port['mac_address'],
      network_type: 'vxlan',
      physical_network: null,
      mtu: 1450,
      admin_state_up: true,
      fixed_ips: port['fixed_ips'],
      device_owner: 'compute:nova',
      port_security_enabled: true,
    });
    expect(devices[1]).toEqual({ device: 'tapffffffff-ff' });
    expect(await statusOf(port)).toBe('BUILD');

    expect(await update({ devices_up: [tap(port)], devices_down: [] })).toEqual({ devices_up: [tap(port)], failed_devices_up: [], devices_down: [], failed_devices_down: [] });
    expect(await statusOf(port)).toBe('BUILD');
    await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] }, '1.5');
    expect(await statusOf(port)).toBe('ACTIVE');

    expect((await update({ devices_up: [], devices_down: [tap(port)] })).devices_down).toEqual([{ device: tap(port), exists: true }]);
    expect(await statusOf(port)).toBe('DOWN');
    await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] }, '1.5');
    expect(await statusOf(port)).toBe('DOWN');
    await update({ devices_up: [tap(port)] });
    expect(await statusOf(port)).toBe('ACTIVE');
  });

  test('does not wait for DHCP where no agent can serve the network', async () => {
    await report(server, { agent_type: 'Linux bridge agent', binary: 'lb', topic: 'N/A', host: 'compute-1', configurations: { tunnel_types: ['vxlan'] } });
    await report(server, { agent_type: 'DHCP agent', binary: 'dhcp', topic: 'dhcp_agent', host: 'far-away', configurations: {} });
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    await details([tap(port)]);
    await update({ devices_up: [tap(port)] });
    expect(await statusOf(port)).toBe('ACTIVE');
  });

  test('does not wait for a DHCP agent that has died', async () => {
    await reportAgents(server, 'compute-1');
    await report(server, { agent_type: 'DHCP agent', binary: 'dhcp', topic: 'dhcp_agent', host: 'compute-2', configurations: {} });
    const { network } = await networkWithSubnet(server, 'p1');
    await server.db.updateTable('agents').set({ heartbeat_timestamp: '2020-01-01 00:00:00' }).where('agent_type', '=', 'DHCP agent').where('host', '=', 'compute-1').execute();
    // What a server remembers of agents is at most a second old.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    await update({ devices_up: [tap(port)] });
    expect(await statusOf(port)).toBe('ACTIVE');
  });

  test('is bound when its host\'s agent comes, and not shown to another host\'s agent', async () => {
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    expect(port['binding:vif_type']).toBe('binding_failed');
    expect((await details([tap(port)])).devices).toEqual([{ device: tap(port) }]);
    await reportAgents(server, 'compute-1');
    expect((await server.core.ports.get(admin, idOf(port)))['binding:vif_type']).toBe('bridge');
    expect((await details([tap(port)], 'compute-2')).devices).toEqual([{ device: tap(port), no_active_binding: true }]);
    expect((await details([tap(port)])).devices[0]).toMatchObject({ port_id: port['id'] });
    expect((await update({ devices_down: [tap(port)], host: 'compute-2' })).devices_down).toEqual([{ device: tap(port), exists: true }]);
    expect(await statusOf(port)).toBe('BUILD');
  });

  test('is found by name, id, MAC address, and MAC address with PCI slot', async () => {
    await reportAgents(server, 'compute-1');
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    for (const device of [tap(port), idOf(port), String(port['mac_address']), [String(port['mac_address']), null]]) {
      expect(await server.call('get_device_details', { device, host: 'compute-1' }, '1.9')).toMatchObject({ port_id: port['id'] });
    }
  });
});

test('fifty devices cost as many queries as five, and all become ACTIVE', async () => {
  await server[Symbol.asyncDispose]();
  // When what it remembers of agents is read again hangs on the clock, not on the request.
  server = await runningServer({ rememberedMs: Infinity });
  await reportAgents(server, 'compute-1');
  const { network } = await networkWithSubnet(server, 'p1');
  const ports: JsonObject[] = [];
  for (let n = 0; n < 50; n++) ports.push(await instancePort(server, network, { 'binding:host_id': 'compute-1' }));
  const taps = ports.map(tap);
  // The first time each port's status is written.
  await details(taps);
  const cost = (method: string, devices: readonly string[], version: string): Promise<number> =>
    server.during(() => server.call(method, { devices, host: 'compute-1', call_version: '1.3' }, version));
  for (const [method, version] of [['get_devices_details_list_and_failed_devices', '1.9'], ['security_group_info_for_devices', '1.3']] as const) {
    expect(await cost(method, taps, version)).toBe(await cost(method, taps.slice(0, 5), version));
  }
  const [five, others] = [ports.slice(0, 5), ports.slice(5)];
  const up = (some: readonly JsonObject[]): Promise<number> => server.during(() => update({ devices_up: some.map(tap) }));
  const ready = (some: readonly JsonObject[]): Promise<number> => server.during(() => server.call('dhcp_ready_on_ports', { port_ids: some.map(idOf) }, '1.5'));
  // What follows a port's becoming ACTIVE may or may not be under way before the answer: a statement more or less, not one for each port.
  const few = (await up(five)) + (await ready(five));
  expect((await up(others)) + (await ready(others))).toBeLessThan(2 * few);
  expect(new Set((await server.core.ports.list(admin, { filters: { network_id: [idOf(network)], device_owner: ['compute:nova'] }, sorts: [], pageReverse: false })).map(({ status }) => status))).toEqual(new Set(['ACTIVE']));
});

describe('what agents are told', () => {
  const listen = async (topic: string, host = 'compute-1'): Promise<{ method: string; args: JsonObject }[]> => {
    const heard: { method: string; args: JsonObject }[] = [];
    const methods = ['port_update', 'port_delete', 'network_update', 'network_delete', 'security_groups_rule_updated', 'security_groups_member_updated', 'agent_updated'];
    const dhcp = ['network', 'subnet', 'port'].flatMap((resource) => ['create', 'update', 'delete'].map((operation) => `${resource}_${operation}_end`));
    const endpoint = Object.fromEntries([...methods, ...dhcp].map((method) => [method, (_: JsonObject, args: JsonObject) => void heard.push({ method, args })]));
    await server.connect().listen({ topic, server: host, endpoints: [{ version: '1.5', methods: endpoint }] });
    return heard;
  };

  test('a change of a port\'s wiring is told to Linux bridge agents, its status and name are not', async () => {
    await reportAgents(server, 'compute-1');
    const updates = await listen('q-agent-notifier-port-update');
    const deletes = await listen('q-agent-notifier-port-delete');
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    const id = idOf(port);
    await details([tap(port)]);
    await server.core.ports.update?.(admin, id, { name: 'other' });
    await server.core.ports.update?.(admin, id, { admin_state_up: false });
    await eventually(() => updates.length > 0);
    expect(updates).toHaveLength(1);
    expect(updates[0]?.args).toMatchObject({ port: { id, admin_state_up: false }, network_type: 'vxlan', physical_network: null });
    await server.core.ports.delete?.(admin, id);
    await eventually(() => deletes.length > 0);
    expect(deletes[0]?.args).toEqual({ port_id: id });
  });

  test('members of groups that rules admit are told of, together and only those', async () => {
    await reportAgents(server, 'compute-1');
    const heard = await listen('q-agent-notifier-security_group-update');
    const { network } = await networkWithSubnet(server, 'p1');
    const [plain] = (await server.groups.groups.create?.(admin, [{ name: 'plain', project_id: 'p1' }])) ?? [];
    await instancePort(server, network, { security_groups: [idOf(plain)] });
    const ports = await Promise.all([1, 2, 3].map(() => instancePort(server, network)));
    await eventually(() => heard.length > 0);
    const defaultGroup = ports.map((port) => (port['security_groups'] as string[])[0])[0];
    expect(heard.every(({ method, args }) => method === 'security_groups_member_updated' && JSON.stringify(args['security_groups']) === JSON.stringify([defaultGroup]))).toBe(true);
    const rule = { security_group_id: idOf(plain), project_id: 'p1', direction: 'ingress', ethertype: 'IPv4' };
    await server.groups.rules.create?.(admin, [80, 81, 82].map((port) => ({ ...rule, protocol: 'tcp', port_range_min: port, port_range_max: port })));
    // The last news of members may still be on its way.
    const ofRules = () => heard.filter(({ method }) => method === 'security_groups_rule_updated');
    await eventually(() => ofRules().length > 0);
    expect(ofRules()).toEqual([{ method: 'security_groups_rule_updated', args: { security_groups: [plain?.['id']] } }]);
  });

  test('a DHCP agent hears of its network when it gets one, then of subnets and ports in full', async () => {
    await reportAgents(server, 'compute-1');
    const heard = await listen(topics.dhcpAgent);
    const { network, subnet } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'compute-1' });
    await server.core.ports.update?.(admin, idOf(port), { name: 'other' });
    await server.core.ports.update?.(admin, idOf(port), { extra_dhcp_opts: [{ opt_name: 'tftp-server', opt_value: '192.0.2.1', ip_version: 4 }] });
    await server.core.ports.delete?.(admin, idOf(port));
    await eventually(() => heard.some(({ method }) => method === 'port_delete_end'));
    expect(heard.map(({ method, args }) => [method, (args['payload'] as JsonObject)['priority']])).toEqual([
      ['network_create_end', 0],
      ['subnet_create_end', 3],
      ['port_create_end', 5],
      ['port_update_end', 6],
      ['port_delete_end', 6],
    ]);
    expect(heard[0]?.args).toEqual({ payload: { network: { id: network['id'] }, priority: 0 } });
    expect(heard[1]?.args).toMatchObject({ payload: { subnet: { id: subnet['id'], cidr: '10.0.0.0/16' } } });
    expect(heard[2]?.args).toMatchObject({ payload: { port: { id: port['id'], fixed_ips: port['fixed_ips'] } } });
    expect(heard[4]?.args).toEqual({ payload: { port_id: port['id'], network_id: network['id'], fixed_ips: port['fixed_ips'], priority: 6 } });
    await server.core.networks.delete?.(admin, idOf(network));
    await eventually(() => heard.some(({ method }) => method === 'network_delete_end'));
  });
});

describe('the security groups of devices', () => {
  test('come with rules, members of remote groups, and what the network itself sends', async () => {
    await reportAgents(server, 'compute-1');
    const { network } = await networkWithSubnet(server, 'p1');
    const pairs = [{ ip_address: '10.9.9.9', mac_address: 'fa:16:3e:00:00:01' }];
    const [one, two] = [await instancePort(server, network), await instancePort(server, network, { allowed_address_pairs: pairs })];
    const info = (await server.call('security_group_info_for_devices', { devices: [tap(one), 'tapffffffff-ff'], call_version: '1.3' }, '1.3')) as JsonObject;
    const group = String((one['security_groups'] as string[])[0]);
    const device = (info['devices'] as JsonObject)[idOf(one)] as JsonObject;
    expect(Object.keys(info['devices'] as JsonObject)).toEqual([idOf(one)]);
    const address = (port: JsonObject): string => (port['fixed_ips'] as { ip_address: string }[])[0]?.ip_address ?? '';
    expect(device).toMatchObject({ id: one['id'], device: tap(one), fixed_ips: [address(one)], security_groups: [group], security_group_source_groups: [group], port_security_enabled: true });
    expect(device['security_group_rules']).toContainEqual({
      direction: 'ingress', ethertype: 'IPv4', protocol: 'udp', port_range_min: 68, port_range_max: 68, source_port_range_min: 67, source_port_range_max: 67, dest_ip_prefix: `${address(one)}/32`,
    });
    const rules = (info['security_groups'] as JsonObject)[group];
    expect(rules).toHaveLength(4);
    expect(rules).toContainEqual({ direction: 'ingress', ethertype: 'IPv4', remote_group_id: group, stateful: true });
    expect(new Set(((info['sg_member_ips'] as Record<string, { IPv4: string[][] }>)[group]?.IPv4 ?? []).map((pair) => pair.join(' ')))).toEqual(
      new Set([`${address(one)} ${one['mac_address']}`, `${address(two)} ${two['mac_address']}`, '10.9.9.9 fa:16:3e:00:00:01']),
    );
    expect((info['sg_member_ips'] as Record<string, object>)[group]).toHaveProperty('IPv6', []);
    const older = (await server.call('security_group_info_for_devices', { devices: [tap(one)] }, '1.2')) as JsonObject;
    expect((older['sg_member_ips'] as Record<string, { IPv4: string[] }>)[group]?.IPv4.toSorted()).toEqual([address(one), address(two), '10.9.9.9'].toSorted());
    const oldest = (await server.call('security_group_rules_for_devices', { devices: [tap(one)] }, '1.1')) as JsonObject;
    const resolved = (oldest[idOf(one)] as { security_group_rules: JsonObject[] }).security_group_rules;
    expect(resolved.filter((rule) => rule['remote_group_id']).map((rule) => rule['source_ip_prefix']).toSorted()).toEqual([`${address(two)}/32`, '10.9.9.9/32'].toSorted());
  });
});
