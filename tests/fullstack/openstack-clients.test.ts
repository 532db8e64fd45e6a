import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, requires } from '../support/capabilities.ts';
import { neutrinoService, type NeutrinoService } from '../support/neutrino-service.ts';

describe("Debian's own clients, unmodified", { ...requires(command('openstack'), command('neutron')), timeout: 600_000 }, () => {
  let service: NeutrinoService;
  const json = async (...args: readonly string[]): Promise<Record<string, unknown>> => JSON.parse(await service.openstack(...args, '-f', 'json')) as Record<string, unknown>;
  const list = async (...args: readonly string[]): Promise<readonly Record<string, unknown>[]> => JSON.parse(await service.openstack(...args, '-f', 'json')) as Record<string, unknown>[];

  beforeAll(async () => {
    service = await neutrinoService();
    await service.up();
  }, 300_000);
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

  test('ports of floating IPs that lead inside, and connection tracking helpers of routers', async () => {
    await service.openstack('network', 'create', 'ext', '--external');
    await service.openstack('subnet', 'create', 'ext4', '--network', 'ext', '--subnet-range', '203.0.113.0/24', '--no-dhcp');
    await service.openstack('network', 'create', 'inside');
    await service.openstack('subnet', 'create', 'inside4', '--network', 'inside', '--subnet-range', '10.77.0.0/24');
    await service.openstack('router', 'create', 'r', '--external-gateway', 'ext');
    await service.openstack('router', 'add', 'subnet', 'r', 'inside4');
    const port = await json('port', 'create', 'web', '--network', 'inside', '--fixed-ip', 'ip-address=10.77.0.5');
    const address = String((await json('floating', 'ip', 'create', 'ext'))['floating_ip_address']);
    const forwarding = ['floating', 'ip', 'port', 'forwarding'];
    const made = await json(...forwarding, 'create', '--internal-ip-address', '10.77.0.5', '--port', 'web', '--internal-protocol-port', '8080', '--external-protocol-port', '80', '--protocol', 'tcp', address);
    expect(made).toMatchObject({ internal_port_id: port['id'], external_port: 80 });
    await service.openstack(...forwarding, 'set', '--external-protocol-port', '81', '--description', 'www', address, String(made['id']));
    expect(await json(...forwarding, 'show', address, String(made['id']))).toMatchObject({ external_port: 81, internal_port: 8080, description: 'www' });
    for (const { ID: id } of await list(...forwarding, 'list', address)) await service.openstack(...forwarding, 'delete', address, String(id));
    const helper = ['network', 'l3', 'conntrack', 'helper'];
    const ftp = await json(...helper, 'create', 'r', '--helper', 'ftp', '--protocol', 'tcp', '--port', '21');
    await service.openstack(...helper, 'set', 'r', String(ftp['id']), '--port', '2121');
    expect((await list(...helper, 'list', 'r')).map((row) => [row['Helper'], row['Protocol'], row['Port']])).toEqual([['ftp', 'tcp', 2121]]);
    await service.openstack(...helper, 'delete', 'r', String(ftp['id']));
    await service.openstack('router', 'remove', 'subnet', 'r', 'inside4');
    await service.openstack('router', 'delete', 'r');
    await service.openstack('floating', 'ip', 'delete', address);
    await service.openstack('port', 'delete', 'web');
    await service.openstack('network', 'delete', 'ext', 'inside');
  });

  test('subnet pools and address scopes', async () => {
    await service.openstack('address', 'scope', 'create', 'scope', '--ip-version', '4');
    expect(await json('subnet', 'pool', 'create', 'pool', '--pool-prefix', '10.64.0.0/16', '--default-prefix-length', '26', '--address-scope', 'scope')).toMatchObject({ name: 'pool', prefixes: ['10.64.0.0/16'] });
    await service.openstack('subnet', 'pool', 'set', 'pool', '--pool-prefix', '10.65.0.0/16', '--description', 'more');
    await service.openstack('network', 'create', 'pooled');
    expect(await json('subnet', 'create', 'taken', '--network', 'pooled', '--subnet-pool', 'pool', '--prefix-length', '28')).toMatchObject({ cidr: expect.stringMatching(/^10\.6[45]\..*\/28$/) });
    expect((await list('subnet', 'pool', 'list')).map((row) => row['Name'])).toEqual(['pool']);
    await service.openstack('network', 'delete', 'pooled');
  });

  test('networks are shared with a project', async () => {
    const policy = await json('network', 'rbac', 'create', 'navy', '--type', 'network', '--action', 'access_as_shared', '--target-project', 'demo');
    expect(policy).toMatchObject({ object_type: 'network', action: 'access_as_shared' });
    expect((await list('network', 'rbac', 'list')).map((row) => row['ID'])).toContain(policy['id']);
    await service.openstack('network', 'rbac', 'delete', String(policy['id']));
  });

  test('the newer extensions, where this server has them', async () => {
    const aliases = (await list('extension', 'list', '--network')).map((row) => row['Alias']);
    if (aliases.includes('network-ip-availability')) expect((await list('ip', 'availability', 'list')).map((row) => row['Network Name'])).toContain('navy');
    if (aliases.includes('flavors')) {
      await service.openstack('network', 'flavor', 'create', 'gold', '--service-type', 'FLAVORS');
      const profile = await json('network', 'flavor', 'profile', 'create', '--metainfo', '{}', '--description', 'x');
      await service.openstack('network', 'flavor', 'add', 'profile', 'gold', String(profile['id']));
      expect(JSON.stringify(await json('network', 'flavor', 'show', 'gold'))).toContain(String(profile['id']));
      await service.openstack('network', 'flavor', 'remove', 'profile', 'gold', String(profile['id']));
      await service.openstack('network', 'flavor', 'delete', 'gold');
    }
    if (aliases.includes('service-type')) await service.openstack('network', 'service', 'provider', 'list');
    if (aliases.includes('address-group')) {
      await service.openstack('address', 'group', 'create', 'offices', '--address', '198.51.100.0/24');
      await service.openstack('address', 'group', 'set', 'offices', '--address', '203.0.113.0/24');
      expect(await json('address', 'group', 'show', 'offices')).toMatchObject({ addresses: expect.arrayContaining(['198.51.100.0/24', '203.0.113.0/24']) as object });
      await service.openstack('address', 'group', 'delete', 'offices');
    }
  });

  test('the old client of the tutorials', async () => {
    const old = async (command: string, ...args: readonly string[]): Promise<unknown> => JSON.parse(await service.neutronclient(command, '-f', 'json', ...args));
    expect(await old('net-create', 'old', '--shared')).toMatchObject({ name: 'old', shared: true });
    expect(await old('subnet-create', 'old', '10.5.0.0/24', '--name', 'old4', '--dns-nameserver', '10.5.0.2')).toMatchObject({ cidr: '10.5.0.0/24' });
    expect(await old('port-create', 'old', '--name', 'oldport', '--fixed-ip', 'subnet_id=old4,ip_address=10.5.0.9')).toMatchObject({ name: 'oldport' });
    expect(await old('port-list', '--', '--name', 'oldport')).toHaveLength(1);
    expect(await old('security-group-rule-create', 'default', '--direction', 'ingress', '--protocol', 'icmp')).toMatchObject({ protocol: 'icmp' });
    expect(await old('agent-list')).toEqual(expect.any(Array));
    expect(((await old('ext-list')) as readonly { alias: string }[]).map(({ alias }) => alias)).toContain('quotas');
    expect(await old('quota-show')).toMatchObject({ port: expect.any(Number) });
    await service.neutronclient('tag-add', '--resource-type', 'network', '--resource', 'old', '--tag', 'red');
    expect(await old('net-list', '--tags', 'red', '-c', 'name')).toEqual([{ name: 'old' }]);
    expect(await old('subnetpool-create', '--pool-prefix', '10.66.0.0/16', 'oldpool')).toMatchObject({ name: 'oldpool' });
    expect(await old('rbac-create', 'old', '--type', 'network', '--target-tenant', 'f'.repeat(32), '--action', 'access_as_shared')).toMatchObject({ object_type: 'network' });
    await service.neutronclient('port-delete', 'oldport');
    await service.neutronclient('net-delete', 'old');
  });

  test('routers, gateways, routes and floating IPs', { timeout: 900_000 }, async () => {
    await service.openstack('network', 'create', 'world', '--external');
    await service.openstack('subnet', 'create', 'world4', '--network', 'world', '--subnet-range', '203.0.113.0/24', '--no-dhcp');
    await service.openstack('network', 'create', 'yard');
    await service.openstack('subnet', 'create', 'yard4', '--network', 'yard', '--subnet-range', '10.8.0.0/24');
    expect(await json('router', 'create', 'edge', '--description', 'the way out', '--tag', 'door')).toMatchObject({ name: 'edge', description: 'the way out', status: 'ACTIVE', external_gateway_info: null });
    await service.openstack('router', 'set', 'edge', '--external-gateway', 'world', '--fixed-ip', 'subnet=world4,ip-address=203.0.113.7', '--disable-snat');
    await service.openstack('router', 'add', 'subnet', 'edge', 'yard4');
    await service.openstack('router', 'add', 'route', 'edge', '--route', 'destination=10.99.0.0/24,gateway=10.8.0.9');
    expect(await json('router', 'show', 'edge')).toMatchObject({
      external_gateway_info: { enable_snat: false, external_fixed_ips: [{ ip_address: '203.0.113.7' }] },
      interfaces_info: [{ ip_address: '10.8.0.1' }],
      routes: [{ destination: '10.99.0.0/24', nexthop: '10.8.0.9' }],
      tags: ['door'],
    });
    await service.openstack('port', 'create', 'tenant', '--network', 'yard', '--fixed-ip', 'ip-address=10.8.0.20');
    const { floating_ip_address: address } = await json('floating', 'ip', 'create', 'world', '--port', 'tenant', '--description', 'www', '--tag', 'web');
    expect(await list('floating', 'ip', 'list', '--port', 'tenant')).toMatchObject([{ 'Floating IP Address': address, 'Fixed IP Address': '10.8.0.20' }]);
    await service.openstack('floating', 'ip', 'unset', '--port', String(address));
    expect(await json('floating', 'ip', 'show', String(address))).toMatchObject({ port_id: null, description: 'www', tags: ['web'] });
    await service.openstack('floating', 'ip', 'set', '--port', 'tenant', '--fixed-ip-address', '10.8.0.20', String(address));
    await expect(service.openstack('router', 'remove', 'subnet', 'edge', 'yard4')).rejects.toThrow(/required by one or more/);
    await expect(service.openstack('router', 'unset', '--external-gateway', 'edge')).rejects.toThrow(/required by one or more floating IPs/);
    await service.openstack('floating', 'ip', 'delete', String(address));
    await service.openstack('router', 'remove', 'route', 'edge', '--route', 'destination=10.99.0.0/24,gateway=10.8.0.9');
    await service.openstack('router', 'remove', 'subnet', 'edge', 'yard4');
    await service.openstack('router', 'unset', '--external-gateway', 'edge');
    await service.openstack('router', 'delete', 'edge');
    expect(await list('router', 'list')).toEqual([]);
  });

  test('routers and floating IPs with the old client', async () => {
    const old = async (command: string, ...args: readonly string[]): Promise<unknown> => JSON.parse(await service.neutronclient(command, '-f', 'json', ...args));
    expect(await old('router-create', 'gate')).toMatchObject({ name: 'gate', status: 'ACTIVE' });
    await service.neutronclient('router-gateway-set', 'gate', 'world');
    await service.neutronclient('router-interface-add', 'gate', 'yard4');
    expect(await old('router-port-list', 'gate', '--device_owner', 'network:router_interface')).toMatchObject([{ fixed_ips: [{ ip_address: '10.8.0.1' }] }]);
    const { id } = (await old('floatingip-create', 'world')) as { id: string };
    const { id: port } = (await old('port-show', 'tenant')) as { id: string };
    await service.neutronclient('floatingip-associate', id, port);
    expect(await old('floatingip-show', id)).toMatchObject({ fixed_ip_address: '10.8.0.20' });
    await service.neutronclient('floatingip-disassociate', id);
    await service.neutronclient('floatingip-delete', id);
    await service.neutronclient('router-interface-delete', 'gate', 'yard4');
    await service.neutronclient('router-gateway-clear', 'gate');
    await service.neutronclient('router-delete', 'gate');
    await service.neutronclient('port-delete', 'tenant');
    for (const network of ['yard', 'world']) await service.neutronclient('net-delete', network);
  });

  test('a network is removed with what belongs to it', async () => {
    await service.openstack('network', 'delete', 'navy');
    expect(await list('subnet', 'list')).toEqual([]);
  });
});
