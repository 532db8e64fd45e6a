import { expect, test, describe } from 'vitest';
import { admin, createOne, fixedIpsOf, member, reportLinuxBridgeAgent, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const project = member('p1');

describe('a port', () => {
  test('has the address asked for, and 409 meets the second who asks', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, { name: 'n' });
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const port = await createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ ip_address: '10.0.0.77' }] });
    expect(port).toMatchObject({ fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.77' }], status: 'DOWN', 'binding:vif_type': 'unbound' });
    await expect(createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ ip_address: '10.0.0.77' }] })).rejects.toMatchObject({
      type: 'IpAddressAlreadyAllocated',
    });
    await expect(createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ ip_address: '10.9.0.1' }] })).rejects.toMatchObject({
      type: 'InvalidIpForNetwork',
    });
    await expect(
      createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ subnet_id: subnet.id, ip_address: '10.0.0.255' }] }),
    ).rejects.toMatchObject({ type: 'InvalidIpForSubnet' });
    await expect(
      createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ subnet_id: crypto.randomUUID() }] }),
    ).rejects.toMatchObject({ type: 'SubnetNotFound' });
  });

  test('200 created at once have 200 addresses and MAC addresses', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const ports = await Promise.all(Array.from({ length: 200 }, () => createOne(core.ports, project, { network_id: network.id })));
    expect(new Set(ports.flatMap(fixedIpsOf).map(({ ip_address }) => ip_address)).size).toBe(200);
    expect(new Set(ports.map((port) => port['mac_address'])).size).toBe(200);
  });

  test('finds no address in a full subnet, and one again when another port goes', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/28', ip_version: 4 });
    const ports = await Promise.all(Array.from({ length: 13 }, () => createOne(core.ports, project, { network_id: network.id })));
    const before = await core.ports.list(project, { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false });
    await expect(createOne(core.ports, project, { network_id: network.id })).rejects.toMatchObject({
      type: 'IpAddressGenerationFailure',
      message: `No more IP addresses available on network ${network.id}.`,
    });
    expect(await core.ports.list(project, { filters: {}, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false })).toHaveLength(before.length);
    const gone = ports[4];
    await core.ports.delete?.(project, String(gone?.id));
    const next = await createOne(core.ports, project, { network_id: network.id });
    expect(fixedIpsOf(next)).toEqual(fixedIpsOf(gone ?? {}));
  });

  test('of a bulk that fails is not there, nor any other of it', async () => {
    await using scratch = await scratchDatabase();
    const { core, events } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/29', ip_version: 4 });
    const bodies = Array.from({ length: 6 }, () => ({ network_id: network.id }));
    await expect(core.ports.create?.(project, bodies)).rejects.toMatchObject({ type: 'IpAddressGenerationFailure' });
    expect(await scratch.db.selectFrom('ports').select('id').execute()).toEqual([]);
    expect(await scratch.db.selectFrom('ip_allocations').select('port_id').execute()).toEqual([]);
    expect(events.filter(({ resource }) => resource === 'port')).toEqual([]);
  });

  test('gets an IPv4 address, a stateful IPv6 address, and every address it computes', async () => {
    await using scratch = await scratchDatabase();
    const { core, events } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const make = (body: object) => createOne(core.subnets, project, { network_id: network.id, ...body });
    const v4 = await make({ cidr: '10.0.0.0/24', ip_version: 4 });
    const other = await make({ cidr: '10.0.1.0/24', ip_version: 4 });
    const stateful = await make({ cidr: 'fd00:1::/64', ip_version: 6, ipv6_address_mode: 'dhcpv6-stateful', ipv6_ra_mode: 'dhcpv6-stateful' });
    const port = await createOne(core.ports, project, { network_id: network.id, mac_address: 'fa:16:3e:00:00:01' });
    const [first, second, ...more] = fixedIpsOf(port).map(({ subnet_id }) => subnet_id);
    expect([v4.id, other.id]).toContain(first);
    expect([second, ...more]).toEqual([stateful.id]);

    const slaac = await make({ cidr: 'fd00:2::/64', ip_version: 6, ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' });
    const computed = { subnet_id: slaac.id, ip_address: 'fd00:2::f816:3eff:fe00:1' };
    const after = await core.ports.get(project, port.id);
    expect(fixedIpsOf(after).at(-1)).toEqual(computed);
    expect(after['revision_number']).toBe(2);
    expect(events.at(-1)).toMatchObject({ resource: 'port', operation: 'update', id: port.id });

    const none = await createOne(core.ports, project, { network_id: network.id, fixed_ips: [], mac_address: 'fa:16:3e:00:00:02' });
    expect(fixedIpsOf(none)).toEqual([{ subnet_id: slaac.id, ip_address: 'fd00:2::f816:3eff:fe00:2' }]);

    const moved = await core.ports.update?.(project, port.id, { mac_address: 'fa:16:3e:00:00:03' });
    expect(fixedIpsOf(moved ?? {}).map(({ ip_address }) => ip_address)).toContain('fd00:2::f816:3eff:fe00:3');
    expect(fixedIpsOf(moved ?? {})).toHaveLength(3);

    const unaddressed = await core.ports.update?.(project, port.id, { fixed_ips: [] });
    expect(fixedIpsOf(unaddressed ?? {}).map(({ subnet_id }) => subnet_id)).toEqual([slaac.id]);
    await core.subnets.delete?.(project, slaac.id);
    expect(fixedIpsOf(await core.ports.get(project, port.id))).toEqual([]);
  });

  test('keeps the addresses that an update names and changes the others', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const port = await createOne(core.ports, project, { network_id: network.id, fixed_ips: [{ ip_address: '10.0.0.5' }] });
    const two = await core.ports.update?.(project, port.id, { fixed_ips: [{ ip_address: '10.0.0.6', subnet_id: subnet.id }, { subnet_id: subnet.id }] });
    expect(fixedIpsOf(two ?? {}).map(({ ip_address }) => ip_address)).toEqual(['10.0.0.5', '10.0.0.6']);
    const one = await core.ports.update?.(project, port.id, { fixed_ips: [{ ip_address: '10.0.0.6' }] });
    expect(fixedIpsOf(one ?? {}).map(({ ip_address }) => ip_address)).toEqual(['10.0.0.6']);
    expect(one?.['revision_number']).toBe(3);
    await expect(core.ports.update?.(project, port.id, { name: 'x' }, { revisionNumber: 2 })).rejects.toMatchObject({ status: 412 });
  });

  test('has the default security group, unless it asks for none or is the network service’s', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const usual = await createOne(core.ports, project, { network_id: network.id });
    expect(usual['security_groups']).toHaveLength(1);
    expect(usual['port_security_enabled']).toBe(true);
    const open = await createOne(core.ports, project, { network_id: network.id, port_security_enabled: false });
    expect(open).toMatchObject({ security_groups: [], port_security_enabled: false });
    const dhcp = await createOne(core.ports, admin, { network_id: network.id, project_id: 'p1', device_owner: 'network:dhcp' });
    expect(dhcp).toMatchObject({ security_groups: [], port_security_enabled: false });
    const bare = await createOne(core.networks, project, { port_security_enabled: false });
    expect(await createOne(core.ports, project, { network_id: bare.id })).toMatchObject({ port_security_enabled: false, security_groups: [] });
  });

  test('without port security has neither groups nor address pairs', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const pairs = { allowed_address_pairs: [{ ip_address: '10.0.0.9' }] };
    await expect(createOne(core.ports, project, { network_id: network.id, port_security_enabled: false, ...pairs })).rejects.toMatchObject({
      type: 'AddressPairAndPortSecurityRequired',
    });
    const port = await createOne(core.ports, project, { network_id: network.id, ...pairs });
    expect(port['allowed_address_pairs']).toEqual([{ mac_address: port['mac_address'], ip_address: '10.0.0.9' }]);
    const off = { port_security_enabled: false };
    await expect(core.ports.update?.(project, port.id, off)).rejects.toMatchObject({ type: 'AddressPairAndPortSecurityRequired' });
    await expect(core.ports.update?.(project, port.id, { ...off, allowed_address_pairs: [] })).rejects.toMatchObject({
      type: 'PortSecurityPortHasSecurityGroup',
    });
    const opened = await core.ports.update?.(project, port.id, { ...off, allowed_address_pairs: [], security_groups: [] });
    expect(opened).toMatchObject({ port_security_enabled: false, security_groups: [], allowed_address_pairs: [] });
    await expect(
      createOne(core.ports, project, { network_id: network.id, allowed_address_pairs: [{ ip_address: '10.0.0.9' }, { ip_address: '10.0.0.9' }] }),
    ).rejects.toMatchObject({ type: 'DuplicateAddressPairInRequest' });
  });

  test('takes DHCP options, changes one, and drops one that is given null', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const option = (opt_name: string, opt_value: string | null) => ({ opt_name, opt_value, ip_version: 4 });
    const port = await createOne(core.ports, project, { network_id: network.id, extra_dhcp_opts: [option('bootfile-name', 'a'), option('mtu', '1400')] });
    expect(port['extra_dhcp_opts']).toEqual([option('bootfile-name', 'a'), option('mtu', '1400')]);
    const updated = await core.ports.update?.(project, port.id, { extra_dhcp_opts: [option('bootfile-name', 'b'), option('mtu', null)] });
    expect(updated?.['extra_dhcp_opts']).toEqual([option('bootfile-name', 'b')]);
  });

  test('cannot take a MAC address of its network, but may one of another', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const other = await createOne(core.networks, project, {});
    const mac = { mac_address: 'fa:16:3e:aa:bb:cc' };
    await createOne(core.ports, project, { network_id: network.id, ...mac });
    await expect(createOne(core.ports, project, { network_id: network.id, ...mac })).rejects.toMatchObject({ type: 'MacAddressInUse' });
    await createOne(core.ports, project, { network_id: other.id, ...mac });
  });

  test('is seen by its project and by the owner of its network, and is listed by its addresses', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, admin, { project_id: 'p1', shared: true });
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const port = await createOne(core.ports, member('p2'), { network_id: network.id, fixed_ips: [{ ip_address: '10.0.0.10' }] });
    expect(port['project_id']).toBe('p2');
    await core.ports.get(project, port.id);
    await expect(core.ports.get(member('p3'), port.id)).rejects.toMatchObject({ type: 'PortNotFound' });
    const found = async (...values: string[]) =>
      (await core.ports.list(project, { filters: { fixed_ips: values }, sorts: [{ key: 'id', direction: 'asc' }], pageReverse: false })).length;
    expect(await found('ip_address=10.0.0.10')).toBe(1);
    expect(await found('ip_address=10.0.0.10', `subnet_id=${subnet.id}`)).toBe(1);
    expect(await found('ip_address=10.0.0.11')).toBe(0);
    expect(await found('ip_address_substr=0.0.1')).toBe(1);
    expect(await found('ip_address_substr=%')).toBe(0);
  });
});

describe('a port’s binding', () => {
  test('succeeds where an agent reaches the segment, and fails elsewhere', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents } = startMl2(scratch.db);
    await reportLinuxBridgeAgent(agents, 'compute1');
    await reportLinuxBridgeAgent(agents, 'compute2', { tunnel_types: [] });
    const network = await createOne(core.networks, project, {});
    const port = await createOne(core.ports, admin, { network_id: network.id, project_id: 'p1', 'binding:host_id': 'compute1' });
    expect(port).toMatchObject({
      'binding:vif_type': 'bridge',
      'binding:vif_details': { connectivity: 'l2', port_filter: true },
      'binding:host_id': 'compute1',
      status: 'DOWN',
    });
    for (const host of ['compute2', 'nowhere']) {
      const failed = await core.ports.update?.(admin, port.id, { 'binding:host_id': host });
      expect(failed).toMatchObject({ 'binding:vif_type': 'binding_failed', 'binding:vif_details': {}, 'binding:host_id': host });
    }
    const unbound = await core.ports.update?.(admin, port.id, { 'binding:host_id': null });
    expect(unbound).toMatchObject({ 'binding:vif_type': 'unbound', 'binding:host_id': '' });
  });

  test('follows an agent that comes later', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents, events } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const port = await createOne(core.ports, admin, { network_id: network.id, 'binding:host_id': 'compute1' });
    expect(port['binding:vif_type']).toBe('binding_failed');
    await core.rebindPort(admin, port.id);
    expect(events.filter(({ operation }) => operation === 'update')).toEqual([]);
    await reportLinuxBridgeAgent(agents, 'compute1');
    expect(await core.rebindPort(admin, port.id)).toMatchObject({ 'binding:vif_type': 'bridge' });
    expect(events.at(-1)).toMatchObject({ operation: 'update', original: { 'binding:vif_type': 'binding_failed' } });
  });

  test('leads to ACTIVE when the agent reports, not before, and not from another host', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents, provisioning } = startMl2(scratch.db);
    await reportLinuxBridgeAgent(agents, 'compute1');
    await reportLinuxBridgeAgent(agents, 'compute2');
    const network = await createOne(core.networks, project, {});
    const port = await createOne(core.ports, admin, { network_id: network.id, 'binding:host_id': 'compute1', device_owner: 'compute:nova' });
    const status = async () => (await core.ports.get(admin, port.id))['status'];
    await core.updatePortStatuses(admin, [port.id], 'ACTIVE');
    expect(await status()).toBe('DOWN');
    await provisioning.complete(port.id, 'L2');
    expect(await status()).toBe('ACTIVE');
    expect([...(await core.updatePortStatuses(admin, [port.id], 'DOWN', { host: 'compute2' }))]).toEqual([port.id]);
    expect(await status()).toBe('ACTIVE');
    const moved = await core.ports.update?.(admin, port.id, { 'binding:host_id': 'compute2' });
    expect(moved).toMatchObject({ 'binding:vif_type': 'bridge', status: 'DOWN' });
    await provisioning.complete(port.id, 'L2');
    expect(await status()).toBe('ACTIVE');
    expect([...(await core.updatePortStatuses(admin, [crypto.randomUUID()], 'ACTIVE'))]).toEqual([]);
  });

  test('waits for DHCP where an agent serves the port’s subnet', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents, provisioning } = startMl2(scratch.db);
    await reportLinuxBridgeAgent(agents, 'compute1');
    const dhcp = { binary: 'neutron-dhcp-agent', agent_type: 'DHCP agent', host: 'h', topic: 'dhcp_agent', configurations: {} };
    await agents.report({ ...dhcp, start_flag: true }, new Date().toISOString());
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.1.0/24', ip_version: 4, enable_dhcp: false });
    const create = async (ip: string) =>
      (await createOne(core.ports, admin, { network_id: network.id, 'binding:host_id': 'compute1', fixed_ips: [{ ip_address: ip }] })).id;
    const served = await create('10.0.0.5');
    const unserved = await create('10.0.1.5');
    for (const id of [served, unserved]) await provisioning.complete(id, 'L2');
    expect((await core.ports.get(admin, served))['status']).toBe('DOWN');
    expect((await core.ports.get(admin, unserved))['status']).toBe('ACTIVE');
    await provisioning.complete(served, 'DHCP');
    expect((await core.ports.get(admin, served))['status']).toBe('ACTIVE');
    const both = await Promise.all(Array.from({ length: 10 }, (_, index) => create(`10.0.0.${20 + index}`)));
    await Promise.all([provisioning.complete(both, 'L2'), provisioning.complete(both.toReversed(), 'DHCP'), ...both.map((id) => provisioning.complete(id, 'DHCP'))]);
    expect(await Promise.all(both.map(async (id) => (await core.ports.get(admin, id))['status']))).toEqual(both.map(() => 'ACTIVE'));
    // What is reported again when it is done already leaves a port alone that its wire agent is looking at.
    await core.updatePortStatuses(admin, [served], 'BUILD');
    await provisioning.complete(served, 'DHCP');
    expect((await core.ports.get(admin, served))['status']).toBe('BUILD');
  });

  test('holds the MAC address', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents } = startMl2(scratch.db);
    await reportLinuxBridgeAgent(agents, 'compute1');
    const network = await createOne(core.networks, project, {});
    const port = await createOne(core.ports, admin, { network_id: network.id, 'binding:host_id': 'compute1' });
    await expect(core.ports.update?.(admin, port.id, { mac_address: 'fa:16:3e:00:00:09' })).rejects.toMatchObject({ type: 'PortBound' });
  });

  test('is one of two hosts when two updates meet', async () => {
    await using scratch = await scratchDatabase();
    const { core, agents } = startMl2(scratch.db);
    await reportLinuxBridgeAgent(agents, 'compute1');
    await reportLinuxBridgeAgent(agents, 'compute2');
    const network = await createOne(core.networks, project, {});
    const port = await createOne(core.ports, admin, { network_id: network.id });
    const hosts = ['compute1', 'compute2', 'compute1', 'compute2', 'nowhere', 'compute2'];
    await Promise.all(hosts.map(async (host) => core.ports.update?.(admin, port.id, { 'binding:host_id': host })));
    const after = await core.ports.get(admin, port.id);
    expect(after['binding:vif_type']).toBe(after['binding:host_id'] === 'nowhere' ? 'binding_failed' : 'bridge');
  });
});
