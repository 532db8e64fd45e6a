import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { filePaths } from '@neutrino/agent/dhcp/plan-dnsmasq';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { agentsHost, bridgeNetwork, dhcpPortOf, dnsmasqOf, eventually, isRunning, leaseAtOnce, leaseOf, plugInstance } from './dhcp-agents-host.ts';
import { instancePort, testNetwork } from './dhcp-scripted-server.ts';

describe('the DHCP agent with a real dnsmasq and a real client', requires(root, networkNamespaces, command('dnsmasq'), command('udhcpc')), () => {
  test('an instance gets its own address, the MTU, routes, name servers and the options of its port', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({
      cidr: '10.20.0.0/24',
      gateway_ip: '10.20.0.1',
      dns_nameservers: ['10.9.9.9', '10.9.9.8'],
      host_routes: [{ destination: '172.20.0.0/16', nexthop: '10.20.0.7' }],
    });
    const port = instancePort(network, '10.20.0.5', {
      extra_dhcp_opts: [
        { opt_name: 'bootfile-name', opt_value: 'pxe.0', ip_version: 4 },
        { opt_name: 'no-such-option', opt_value: 'ignored by dnsmasq', ip_version: 4 },
        { opt_name: '150', opt_value: '10.20.0.99', ip_version: 4 },
      ],
    });
    const other = instancePort(network, '10.20.0.6');
    agents.server.networks.set(network.id, { ...network, ports: [port, other] });
    await agents.start();
    const bridge = await bridgeNetwork(agents, network);

    const lease = await leaseOf(agents, await plugInstance(agents, bridge, port), 'mtu', 'staticroutes', 'bootfile');
    expect(lease).toMatchObject({
      ip: '10.20.0.5',
      mask: '24',
      router: '10.20.0.1',
      dns: '10.9.9.9 10.9.9.8',
      mtu: '1450',
      domain: 'openstacklocal',
      lease: '86400',
      serverid: '10.20.0.2',
      bootfile: 'pxe.0',
      staticroutes: '172.20.0.0/16 10.20.0.7 0.0.0.0/0 10.20.0.1',
    });
    const second = await leaseOf(agents, await plugInstance(agents, bridge, other), 'bootfile');
    expect(second?.['ip']).toBe('10.20.0.6');
    expect(second?.['bootfile']).toBeUndefined();
    await eventually('all ports are reported', () => agents.server.ready.flat().includes(port.id) && agents.server.ready.flat().includes(other.id));
    expect(agents.server.reports[0]).toMatchObject({
      agent_state: { agent_type: 'DHCP agent', binary: 'neutron-dhcp-agent', topic: 'dhcp_agent', host: 'test-host', start_flag: true },
    });
  });

  test('ports that come and go are served and forgotten without a restart of dnsmasq', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.20.0.0/24' });
    agents.server.networks.set(network.id, network);
    await agents.start();
    const paths = filePaths(join(agents.settings.stateDirectory, 'dhcp', network.id));
    const pid = readFileSync(paths.pid, 'utf8');
    const bridge = await bridgeNetwork(agents, network);

    const first = instancePort(network, '10.20.0.5');
    await agents.server.putPort(first);
    await eventually('the first port is reported', () => agents.server.ready.flat().includes(first.id));
    const firstInstance = await plugInstance(agents, bridge, first);
    expect((await leaseOf(agents, firstInstance))?.['ip']).toBe('10.20.0.5');

    await agents.server.deletePort(network.id, first.id);
    const second = instancePort(network, '10.20.0.5');
    await agents.server.putPort(second);
    await eventually('the second port is reported', () => agents.server.ready.flat().includes(second.id));
    expect((await leaseOf(agents, await plugInstance(agents, bridge, second)))?.['ip'], 'the address was taken over').toBe('10.20.0.5');
    expect(await leaseAtOnce(agents, firstInstance), 'a port that is gone gets nothing').toBeUndefined();
    expect(readFileSync(paths.pid, 'utf8')).toBe(pid);
  });

  test('fifty ports at once are few passes and few messages', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.20.0.0/24' });
    agents.server.networks.set(network.id, network);
    await agents.start();
    const fetchesBefore = agents.server.calls.filter((name) => name === 'get_network_info').length;
    const ports = Array.from({ length: 50 }, (_, index) => instancePort(network, `10.20.0.${index + 10}`));
    // For the agent they come at once, however long it takes to send them.
    agents.signal('SIGSTOP');
    await Promise.all(ports.map((port) => agents.server.putPort(port)));
    agents.signal('SIGCONT');
    await eventually('all ports are reported', () => ports.every((port) => agents.server.ready.flat().includes(port.id)));
    const fetches = agents.server.calls.filter((name) => name === 'get_network_info').length - fetchesBefore;
    expect(fetches).toBeLessThanOrEqual(5);
    const hosts = readFileSync(join(agents.settings.stateDirectory, 'dhcp', network.id, 'host'), 'utf8');
    expect(hosts.trim().split('\n')).toHaveLength(50);
  });

  test('dnsmasq gives up root where others can reach its files, and stays root where only root can', async () => {
    const ownerOfDnsmasq = async (directoryMode: number): Promise<string | undefined> => {
      await using agents = await agentsHost({ directoryMode });
      const network = testNetwork({ cidr: '10.20.0.0/24' });
      agents.server.networks.set(network.id, network);
      await agents.start();
      const port = instancePort(network, '10.20.0.5');
      await agents.server.putPort(port);
      await eventually('the port is reported', () => agents.server.ready.flat().includes(port.id));
      const bridge = await bridgeNetwork(agents, network);
      expect((await leaseOf(agents, await plugInstance(agents, bridge, port)))?.['ip'], 'read after a reload').toBe('10.20.0.5');
      return /^Uid:\t(\d+)/m.exec(readFileSync(`/proc/${dnsmasqOf(agents, network.id)?.pid}/status`, 'utf8'))?.[1];
    };
    expect(await ownerOfDnsmasq(0o755)).not.toBe('0');
    expect(await ownerOfDnsmasq(0o700)).toBe('0');
  });

  test('a new subnet and another MTU reach the namespace and dnsmasq; a deleted network leaves nothing', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.20.0.0/24', gateway_ip: '10.20.0.1' });
    agents.server.networks.set(network.id, network);
    await agents.start();
    const namespace = `qdhcp-${network.id}`;
    const addresses = async (): Promise<string> => (await agents.host.run(['ip', '-n', namespace, '-br', 'address'])).stdout;
    expect(await addresses()).toContain('10.20.0.2/24');

    const wider = testNetwork({ cidr: '10.20.0.0/24' }, { cidr: 'fd00:20::/64', ip_version: 6, gateway_ip: 'fd00:20::1', ipv6_address_mode: 'dhcpv6-stateful', ipv6_ra_mode: 'dhcpv6-stateful' });
    const [, added] = wider.subnets;
    const current = agents.server.networks.get(network.id) ?? network;
    agents.server.networks.set(network.id, { ...current, mtu: 1400, subnets: added === undefined ? [] : [...current.subnets, { ...added, network_id: network.id }] });
    await agents.server.notify('subnet_create_end', { subnet: { id: added?.id ?? '', network_id: network.id } });
    await eventually('the second subnet has an address', async () => (await addresses()).includes('fd00:20::2/64'));
    const pid = await eventually('dnsmasq knows the range', () => {
      const running = dnsmasqOf(agents, network.id);
      return running?.commandLine.includes('fd00:20::,static,64,86400s') === true && running.commandLine.includes('option:mtu,1400') && running.pid;
    });
    const tap = `tap${dhcpPortOf(agents, network.id).id.slice(0, 11)}`;
    expect((await agents.host.run(['ip', 'link', 'show', tap])).stdout).toContain('mtu 1400');
    expect((await agents.host.run(['ip', '-n', namespace, '-6', 'route', 'show', 'default'])).stdout).toContain('via fd00:20::1');

    agents.server.networks.delete(network.id);
    await agents.server.notify('network_delete_end', { network_id: network.id });
    await eventually('the files are gone', () => !existsSync(join(agents.settings.stateDirectory, 'dhcp', network.id)));
    expect((await agents.host.run(['ip', 'netns', 'list'])).stdout).not.toContain(network.id);
    expect((await agents.host.run(['ip', '-br', 'link'])).stdout).not.toContain(tap);
    expect(isRunning(pid)).toBe(false);
  });
});
