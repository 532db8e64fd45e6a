import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, hostNamespaces, requires } from '../support/capabilities.ts';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';
import { plugIn, type Instance } from '../support/hosts/instance.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { EXAMPLE, type NeutronProgram } from '../support/hosts/neutron-programs.ts';
import { openTwoHostsLab, type TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';

/** What the guide's verification must show, in the words of `neutron ext-list`. */
const ALIASES = `default-subnetpools availability_zone network_availability_zone binding agent subnet_allocation dhcp_agent_scheduler tag external-net flavors net-mtu
  network-ip-availability quotas provider multi-provider address-scope subnet-service-types standard-attr-timestamp service-type extra_dhcp_opt standard-attr-revisions pagination
  sorting security-group rbac-policies standard-attr-description port-security allowed-address-pairs project-id`.split(/\s+/);

describe('the example installation on two hosts, from its own files', requires(hostNamespaces, ...controllerServicesHere, ...['dnsmasq', 'udhcpc', 'iptables', 'ipset', 'nft', 'neutron', 'openstack'].map(command)), () => {
  let lab: TwoHostsLab;
  let compute: LabHost;
  let network: JsonObject;
  const instances: Instance[] = [];

  beforeAll(async () => {
    lab = await openTwoHostsLab();
    [compute] = lab.computes as [LabHost];
  }, 300_000);
  afterAll(() => lab[Symbol.asyncDispose]());

  test('its files are used as they are', () => {
    const { controller } = lab;
    expect(readlinkSync(controller.path('/etc/neutron/plugin.ini'))).toBe('/etc/neutron/plugins/ml2/ml2_conf.ini');
    expect(controller.read('/etc/neutron/plugins/ml2/ml2_conf.ini')).toBe(readFileSync(join(EXAMPLE, 'controller/ml2_conf.ini'), 'utf8'));
    for (const [host, role] of [[controller, 'controller'], [compute, 'compute']] as const) {
      expect(host.read('/etc/neutron/neutron.conf')).toBe(readFileSync(join(EXAMPLE, role, 'neutron.conf'), 'utf8'));
      expect(host.read('/etc/neutron/plugins/ml2/linuxbridge_agent.ini')).toBe(readFileSync(join(EXAMPLE, role, 'linuxbridge_agent.ini'), 'utf8'));
    }
  });

  test('`neutron agent-list` shows the four agents alive', async () => {
    await lab.untilAlive(4);
    const rows = await neutron(lab, 'agent-list', '-f', 'json');
    expect(rows.map((row) => [row['agent_type'], row['host'], row['availability_zone'], row['alive'], row['admin_state_up'], row['binary']].join(' | ')).toSorted()).toEqual([
      'DHCP agent | linux-node1 | nova | :-) | true | neutron-dhcp-agent',
      'Linux bridge agent | linux-node1 |  | :-) | true | neutron-linuxbridge-agent',
      'Linux bridge agent | linux-node2 |  | :-) | true | neutron-linuxbridge-agent',
      'Metadata agent | linux-node1 |  | :-) | true | neutron-metadata-agent',
    ]);
  });

  test('`neutron ext-list` shows the 29 extensions', async () => {
    expect(ALIASES).toHaveLength(29);
    expect((await neutron(lab, 'ext-list', '-f', 'json')).map(({ alias }) => alias)).toEqual(expect.arrayContaining(ALIASES));
  });

  test('instances on both hosts get their addresses, and talk to each other and to the hosts', async () => {
    const { admin, controller } = lab;
    network = (await admin.request('POST', '/v2.0/networks', { network: { name: 'provider', shared: true, 'provider:network_type': 'flat', 'provider:physical_network': 'provider' } }))['network'] as JsonObject;
    await admin.request('POST', '/v2.0/subnets', {
      subnet: { network_id: network['id'] as string, ip_version: 4, cidr: '192.168.56.0/24', gateway_ip: '192.168.56.1', allocation_pools: [{ start: '192.168.56.100', end: '192.168.56.199' }] },
    });
    for (const host of [controller, compute]) instances.push(await plugIn(admin, host, String(network['id']), { name: `on-${host.name}` }));
    for (const instance of instances) {
      await instance.untilActive();
      await instance.boot();
      expect(await instance.untilLeased()).toMatchObject({ address: instance.address });
    }
    const [one, two] = instances as [Instance, Instance];
    await one.run(['ping', '-n', '-c1', '-w10', two.address]);
    await two.run(['ping', '-n', '-c1', '-w10', one.address]);
    for (const address of [controller.address, compute.address, '192.168.56.1']) await two.run(['ping', '-n', '-c1', '-W2', address]);
  });

  test('the hosts keep their addresses, on the bridges that eth0 now belongs to', async () => {
    const bridge = `brq${String(network['id']).slice(0, 11)}`;
    for (const host of lab.hosts) {
      const { stdout } = await host.run(['ip', '-br', 'address', 'show', 'dev', bridge]);
      expect(stdout).toContain(`${host.address}/24`);
      expect(stdout).toContain(`${host.address6}/64`);
      await host.run(['ping', '-n', '-c1', '-W2', '192.168.56.1']);
    }
  });

  test('each outdated option is one line of each log', () => {
    const warnings = (host: LabHost, program: NeutronProgram): readonly string[] =>
      lab
        .program(host, program)
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{') && line.includes('deprecated'))
        .map((line) => JSON.parse(line) as { readonly level: number; readonly msg: string; readonly worker?: string })
        .filter(({ level }) => level >= 40)
        .map(({ msg }) => /\[\w+\] \w+/.exec(msg)?.[0] ?? msg);
    expect(warnings(lab.controller, 'neutron-server').toSorted()).toEqual(['[keystone_authtoken] auth_uri', '[keystone_authtoken] auth_url']);
    expect(warnings(lab.controller, 'neutron-metadata-agent')).toEqual(['[DEFAULT] nova_metadata_ip']);
    for (const host of lab.hosts) expect(warnings(host, 'neutron-linuxbridge-agent')).toEqual(['[agent] prevent_arp_spoofing']);
    expect(warnings(lab.controller, 'neutron-dhcp-agent')).toEqual([]);
  });
});

/** Debian's old client, on the controller, as the guide's administrator. */
async function neutron({ controller }: TwoHostsLab, ...args: readonly string[]): Promise<readonly JsonObject[]> {
  const env = {
    PATH: '/usr/sbin:/usr/bin:/sbin:/bin', PYTHONWARNINGS: 'ignore',
    OS_AUTH_URL: `http://${controller.address}:35357/v3`, OS_IDENTITY_API_VERSION: '3', OS_USERNAME: 'admin', OS_PASSWORD: 'admin', OS_PROJECT_NAME: 'admin', OS_USER_DOMAIN_NAME: 'Default', OS_PROJECT_DOMAIN_NAME: 'Default',
  };
  const { stdout } = await controller.run(['/usr/bin/neutron', ...args], { env, timeoutMs: 120_000 });
  return (JSON.parse(stdout) as readonly unknown[]).filter(isJsonObject);
}
