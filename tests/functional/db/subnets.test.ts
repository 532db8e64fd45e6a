import { describe, expect, test } from 'vitest';
import { admin, createOne, fixedIpsOf, member, startMl2 } from './ml2-server.ts';
import { scratchDatabase } from './scratch-database.ts';

const project = member('p1');

describe('a subnet', () => {
  test('has a gateway and pools of its own accord, and counts its network’s revision up', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const routes = [
      { destination: '10.9.0.0/16', nexthop: '10.0.0.9' },
      { destination: '10.8.0.0/16', nexthop: '10.0.0.8' },
    ];
    const subnet = await createOne(core.subnets, project, {
      network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4, dns_nameservers: ['9.9.9.9', '1.1.1.1'], host_routes: routes,
    });
    expect(subnet).toMatchObject({
      cidr: '10.0.0.0/24', gateway_ip: '10.0.0.1', enable_dhcp: true, allocation_pools: [{ start: '10.0.0.2', end: '10.0.0.254' }],
      dns_nameservers: ['9.9.9.9', '1.1.1.1'], host_routes: routes, ipv6_ra_mode: null, project_id: 'p1', network_id: network.id,
    });
    expect(await core.networks.get(project, network.id)).toMatchObject({ revision_number: 2, subnets: [subnet.id] });
    const closed = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.1.0/24', ip_version: 4, gateway_ip: null });
    expect(closed).toMatchObject({ gateway_ip: null, allocation_pools: [{ start: '10.0.1.1', end: '10.0.1.254' }] });
  });

  test.each([
    ['overlaps another', { cidr: '10.1.0.128/25' }, 'InvalidInput'],
    ['is of the other version', { cidr: 'fd00::/64' }, 'InvalidInput'],
    ['is everything', { cidr: '0.0.0.0/0' }, 'InvalidInput'],
    ['is too small for DHCP', { cidr: '10.0.0.0/31' }, 'InvalidInput'],
    ['is multicast', { cidr: '224.0.0.0/24' }, 'InvalidInput'],
    ['has its broadcast address for a gateway', { gateway_ip: '10.0.0.255' }, 'InvalidInput'],
    ['has the gateway in a pool', { allocation_pools: [{ start: '10.0.0.1', end: '10.0.0.5' }] }, 'GatewayConflictWithAllocationPools'],
    ['has six name servers', { dns_nameservers: ['1.1.1.1', '1.1.1.2', '1.1.1.3', '1.1.1.4', '1.1.1.5', '1.1.1.6'] }, 'DNSNameServersExhausted'],
    ['has an IPv6 name server', { dns_nameservers: ['fd00::1'] }, 'InvalidInput'],
    ['has an IPv6 mode', { ipv6_ra_mode: 'slaac' }, 'InvalidInput'],
    ['has a route that is none', { host_routes: [{ destination: 'x', nexthop: '10.0.0.1' }] }, 'InvalidInput'],
    ['has IPv6 modes that differ', { cidr: 'fd00::/64', ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'dhcpv6-stateful' }, 'InvalidInput'],
    ['computes addresses in a /80', { cidr: 'fd00::/80', ip_version: 6, ipv6_ra_mode: 'slaac', ipv6_address_mode: 'slaac' }, 'InvalidInput'],
    ['has IPv6 modes without DHCP', { cidr: 'fd00::/64', ip_version: 6, ipv6_ra_mode: 'slaac', enable_dhcp: false }, 'InvalidInput'],
  ])('that %s is refused', async (_why, body, type) => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    await createOne(core.subnets, project, { network_id: network.id, cidr: '10.1.0.0/24', ip_version: 4 });
    await expect(createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4, ...body })).rejects.toMatchObject({ type });
    expect(await core.networks.get(project, network.id)).toMatchObject({ revision_number: 2 });
  });

  test('changes its gateway and pools together, and one not into the other', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    await expect(core.subnets.update?.(project, subnet.id, { gateway_ip: '10.0.0.254' })).rejects.toMatchObject({ type: 'GatewayConflictWithAllocationPools' });
    const pools = [{ start: '10.0.0.10', end: '10.0.0.20' }];
    expect(await core.subnets.update?.(project, subnet.id, { gateway_ip: '10.0.0.254', allocation_pools: pools })).toMatchObject({
      gateway_ip: '10.0.0.254', allocation_pools: pools, revision_number: 2,
    });
    const port = await createOne(core.ports, project, { network_id: network.id });
    expect(fixedIpsOf(port)[0]?.ip_address).toMatch(/^10\.0\.0\.(1\d|20)$/);
    const router = { network_id: network.id, device_owner: 'network:router_interface', fixed_ips: [{ ip_address: '10.0.0.254' }] };
    const gateway = await createOne(core.ports, admin, router);
    await expect(core.subnets.update?.(project, subnet.id, { gateway_ip: null })).rejects.toMatchObject({ type: 'GatewayIpInUse' });
    await core.ports.delete?.(admin, gateway.id);
    expect(await core.subnets.update?.(project, subnet.id, { gateway_ip: null, enable_dhcp: false, dns_nameservers: [] })).toMatchObject({ gateway_ip: null, enable_dhcp: false });
  });

  test('in use is not deleted; the DHCP port’s address goes with it', async () => {
    await using scratch = await scratchDatabase();
    const { core, events } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const subnet = await createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 });
    const dhcp = await createOne(core.ports, admin, { network_id: network.id, device_owner: 'network:dhcp' });
    const port = await createOne(core.ports, project, { network_id: network.id });
    await expect(core.subnets.delete?.(project, subnet.id)).rejects.toMatchObject({ type: 'SubnetInUse', status: 409 });
    await core.ports.delete?.(project, port.id);
    events.length = 0;
    await core.subnets.delete?.(project, subnet.id);
    expect(events.map(({ resource, operation }) => `${operation} ${resource}`)).toEqual(['update port', 'delete subnet']);
    expect(events[0]?.current).toMatchObject({ id: dhcp.id, fixed_ips: [] });
    await expect(core.subnets.get(project, subnet.id)).rejects.toMatchObject({ type: 'SubnetNotFound' });
  });

  test('of several made at once on one network overlaps none', async () => {
    await using scratch = await scratchDatabase();
    const { core } = startMl2(scratch.db);
    const network = await createOne(core.networks, project, {});
    const results = await Promise.allSettled(
      Array.from({ length: 10 }, () => createOne(core.subnets, project, { network_id: network.id, cidr: '10.0.0.0/24', ip_version: 4 })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });
});
