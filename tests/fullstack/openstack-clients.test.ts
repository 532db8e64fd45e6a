import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, requires } from '../support/capabilities.ts';
import { neutrinoService, type NeutrinoService } from '../support/neutrino-service.ts';

describe("Debian's own clients, unmodified", { ...requires(command('openstack'), command('neutron')), timeout: 240_000 }, () => {
  let service: NeutrinoService;
  const json = async (...args: readonly string[]): Promise<Record<string, unknown>> => JSON.parse(await service.openstack(...args, '-f', 'json')) as Record<string, unknown>;
  const list = async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> => JSON.parse(await service.openstack(...args, '-f', 'json')) as Record<string, unknown>[];

  beforeAll(async () => {
    service = await neutrinoService();
    await service.up();
  }, 90_000);
  afterAll(async () => service[Symbol.asyncDispose]());

  test('networks and subnets are made, shown, changed, found and removed', async () => {
    const network = await json('network', 'create', 'blue', '--description', 'the blue one');
    expect(network).toMatchObject({ name: 'blue', description: 'the blue one', status: 'ACTIVE' });
    const subnet = await json('subnet', 'create', 'blue4', '--network', 'blue', '--subnet-range', '10.1.0.0/24', '--dns-nameserver', '10.1.0.2',
      '--allocation-pool', 'start=10.1.0.100,end=10.1.0.200', '--host-route', 'destination=10.9.0.0/16,gateway=10.1.0.9');
    expect(subnet).toMatchObject({ cidr: '10.1.0.0/24', gateway_ip: '10.1.0.1' });
    await service.openstack('network', 'set', 'blue', '--name', 'navy', '--tag', 'sea');
    expect((await list('network', 'list', '--tags', 'sea')).map((row) => row['Name'])).toEqual(['navy']);
    expect((await list('subnet', 'list', '--network', 'navy')).map((row) => row['Subnet'])).toEqual(['10.1.0.0/24']);
  });

  test('ports carry addresses, groups and DHCP options', async () => {
    const port = await json('port', 'create', 'p1', '--network', 'navy', '--fixed-ip', 'subnet=blue4,ip-address=10.1.0.150', '--extra-dhcp-option', 'name=mtu,value=1400');
    expect(port).toMatchObject({ name: 'p1', status: 'DOWN', fixed_ips: [{ ip_address: '10.1.0.150' }] });
    expect(await list('port', 'list', '--fixed-ip', 'ip-address=10.1.0.150')).toHaveLength(1);
    await service.openstack('port', 'set', 'p1', '--disable-port-security', '--no-security-group');
    expect(await json('port', 'show', 'p1')).toMatchObject({ port_security_enabled: false });
    await service.openstack('port', 'delete', 'p1');
  });

  test('security groups and their rules', async () => {
    await service.openstack('security', 'group', 'create', 'web');
    await service.openstack('security', 'group', 'rule', 'create', 'web', '--protocol', 'tcp', '--dst-port', '80:81', '--remote-ip', '10.0.0.0/8');
    const rules = await list('security', 'group', 'rule', 'list', 'web');
    expect(rules.map((row) => row['Port Range'])).toContain('80:81');
    await service.openstack('security', 'group', 'delete', 'web');
  });

  test('agents, quotas, extensions and availability zones are listed', async () => {
    await service.openstack('network', 'agent', 'list');
    const aliases = (await list('extension', 'list', '--network')).map((row) => row['Alias']);
    expect(aliases).toEqual(expect.arrayContaining(['security-group', 'binding', 'quotas', 'standard-attr-tag', 'pagination']));
    await service.openstack('quota', 'set', '--ports', '7', 'demo');
    expect(JSON.stringify(await json('quota', 'show', 'demo'))).toContain('7');
    await service.openstack('availability', 'zone', 'list', '--network');
  });

  test('a network is removed with what belongs to it', async () => {
    await service.openstack('network', 'delete', 'navy');
    expect(await list('subnet', 'list')).toEqual([]);
  });
});
