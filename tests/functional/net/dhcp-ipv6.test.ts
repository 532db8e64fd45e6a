import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DhcpPort } from '@neutrino/lib/rpc/payloads';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { type AgentsHost, agentsHost, bridgeNetwork, eventually, plugInstance } from './dhcp-agents-host.ts';
import { instancePort, testNetwork } from './dhcp-scripted-server.ts';

describe('stateful DHCPv6', requires(root, networkNamespaces, command('dnsmasq')), () => {
  test('an instance gets its own address, and another port gets it after the first is gone', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({
      cidr: 'fd00:60::/64', ip_version: 6, gateway_ip: 'fd00:60::1', dns_nameservers: ['fd00:60::53'],
      ipv6_address_mode: 'dhcpv6-stateful', ipv6_ra_mode: 'dhcpv6-stateful',
    });
    const first = instancePort(network, 'fd00:60::5');
    agents.server.networks.set(network.id, { ...network, ports: [first] });
    await agents.start();
    const bridge = await bridgeNetwork(agents, network);
    expect(await boot(agents, bridge, first)).toEqual({
      address: 'fd00:0060:0000:0000:0000:0000:0000:0005',
      dns: 'fd00:0060:0000:0000:0000:0000:0000:0053',
    });
    const leases = (): string => readFileSync(join(agents.settings.stateDirectory, 'dhcp', network.id, 'leases'), 'utf8');
    expect(leases()).toContain('fd00:60::5');

    await agents.server.deletePort(network.id, first.id);
    await eventually('the lease is released', () => !leases().includes('fd00:60::5'));
    const second = instancePort(network, 'fd00:60::5');
    await agents.server.putPort(second);
    await eventually('the second port is reported', () => agents.server.ready.flat().includes(second.id));
    expect((await boot(agents, bridge, second))?.address).toBe('fd00:0060:0000:0000:0000:0000:0000:0005');
  });
});

async function boot(agents: AgentsHost, bridge: string, port: DhcpPort): Promise<{ address: string; dns: string } | null> {
  const instance = await plugInstance(agents, bridge, port);
  await eventually('the link-local address is no longer tentative', async () => {
    const { stdout } = await agents.host.run(['ip', '-n', instance, '-6', 'address', 'show', 'dev', 'eth0']);
    return stdout.includes('fe80::') && !stdout.includes('tentative');
  });
  const { stdout } = await agents.host.run([process.execPath, join(import.meta.dirname, 'dhcp-v6-client.ts')], { netns: instance });
  return JSON.parse(stdout) as { address: string; dns: string } | null;
}
