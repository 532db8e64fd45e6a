import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bootOn, createProviderNetwork, verifyInstance } from '../lab/guests.ts';
import { clients, verifyAgents, verifyExtensions } from '../lab/verification.ts';
import { command, hostNamespaces, requires } from '../support/capabilities.ts';
import { controllerServicesHere } from '../support/hosts/controller-services.ts';
import type { Instance } from '../support/hosts/instance.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { EXAMPLE, type NeutronProgram } from '../support/hosts/neutron-programs.ts';
import { openTwoHostsLab, type TwoHostsLab } from '../support/hosts/two-hosts-lab.ts';

describe('the example installation on two hosts, from its own files', requires(hostNamespaces, ...controllerServicesHere, ...['dnsmasq', 'udhcpc', 'iptables', 'ipset', 'nft', 'neutron', 'openstack'].map(command)), () => {
  let lab: TwoHostsLab;
  let compute: LabHost;
  let network: string;
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

  test.each(clients)('%s shows the four agents alive, and the 29 extensions', async (client) => {
    await lab.untilAlive(4);
    const [agents, extensions] = [await verifyAgents(lab, client), await verifyExtensions(lab, client)];
    expect([agents.length, extensions.length]).toEqual([4, 29]);
    expect([...agents, ...extensions].filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  });

  test('instances on both hosts get their addresses, read their metadata, and reach each other and the hosts', async () => {
    network = await createProviderNetwork(lab);
    for (const host of lab.hosts) instances.push(await bootOn(lab, host, network, `on-${host.name}`));
    for (const instance of instances) expect(await instance.untilLeased()).toMatchObject({ address: instance.address });
    const [one, two] = instances as [Instance, Instance];
    expect([...(await verifyInstance(lab, one, [two])), ...(await verifyInstance(lab, two, [one]))].filter(({ wrong }) => wrong !== undefined)).toEqual([]);
  });

  test('the hosts keep their addresses, on the bridges that eth0 now belongs to', async () => {
    const bridge = `brq${network.slice(0, 11)}`;
    for (const host of lab.hosts) {
      const { stdout } = await host.run(['ip', '-br', 'address', 'show', 'dev', bridge]);
      expect(stdout).toContain(`${host.address}/24`);
      expect(stdout).toContain(`${host.address6}/64`);
      await host.run(['ping', '-n', '-c1', '-W30', '192.168.56.1']);
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
    expect(warnings(lab.controller, 'neutron-server').toSorted()).toEqual(['[keystone_authtoken] auth_uri', '[keystone_authtoken] auth_url', '[nova] auth_url']);
    expect(warnings(lab.controller, 'neutron-metadata-agent')).toEqual(['[DEFAULT] nova_metadata_ip']);
    for (const host of lab.hosts) expect(warnings(host, 'neutron-linuxbridge-agent')).toEqual(['[agent] prevent_arp_spoofing']);
    expect(warnings(lab.controller, 'neutron-dhcp-agent')).toEqual([]);
  });
});
