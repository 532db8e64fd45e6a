import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { filePaths } from '@neutrino/agent/dhcp/plan-dnsmasq';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { agentsHost, bridgeNetwork, dhcpPortOf, dnsmasqOf, eventually, isRunning, leaseOf, plugInstance } from './dhcp-agents-host.ts';
import { instancePort, testNetwork } from './dhcp-scripted-server.ts';

describe('the DHCP agent after a crash', requires(root, networkNamespaces, command('dnsmasq'), command('pgrep'), command('udhcpc')), () => {
  test('dnsmasq outlives a killed agent, serves meanwhile, and is adopted by the next one, which applies what changed', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.30.0.0/24' });
    const port = instancePort(network, '10.30.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    await agents.start();
    const bridge = await bridgeNetwork(agents, network);
    const instance = await plugInstance(agents, bridge, port);
    expect((await leaseOf(agents, instance))?.['ip']).toBe('10.30.0.5');
    const before = dnsmasqOf(agents, network.id);
    expect(before).toBeDefined();
    const paths = filePaths(join(agents.settings.stateDirectory, 'dhcp', network.id));
    const leases = readFileSync(paths.leases, 'utf8');
    expect(leases).toContain('10.30.0.5');

    await agents.stop('SIGKILL');
    expect((await leaseOf(agents, instance))?.['ip'], 'served without an agent').toBe('10.30.0.5');
    const added = instancePort(network, '10.30.0.6');
    const current = agents.server.networks.get(network.id) ?? network;
    agents.server.networks.set(network.id, { ...current, ports: [...current.ports, added] });
    // As if it had been killed between writing and replacing a file.
    appendFileSync(`${paths.host}.new`, 'half a li');
    await agents.start();
    expect(dnsmasqOf(agents, network.id)?.pid).toBe(before?.pid);
    expect(readFileSync(paths.host, 'utf8')).toContain('10.30.0.6');
    expect((await leaseOf(agents, await plugInstance(agents, bridge, added)))?.['ip']).toBe('10.30.0.6');

    // A start on a correct state changes nothing but telling dnsmasq to read its files once more.
    const link = async (): Promise<string> => (await agents.host.run(['ip', '-n', `qdhcp-${network.id}`, '-o', 'link'])).stdout;
    const linkBefore = await link();
    await agents.stop('SIGTERM');
    await agents.start();
    expect(await link()).toBe(linkBefore);
    const steps = agents.log().split('\n').filter((line) => line.includes('"steps"'));
    expect(steps.at(-1)).toContain('"steps":["dnsmasq-reload"]');
    expect(steps).toHaveLength(3);
  });

  test('a killed dnsmasq comes back with the leases it had given', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.30.0.0/24' });
    const port = instancePort(network, '10.30.0.5');
    agents.server.networks.set(network.id, { ...network, ports: [port] });
    await agents.start();
    const bridge = await bridgeNetwork(agents, network);
    const instance = await plugInstance(agents, bridge, port);
    await leaseOf(agents, instance);
    const paths = filePaths(join(agents.settings.stateDirectory, 'dhcp', network.id));
    const lease = readFileSync(paths.leases, 'utf8');
    expect(lease).toMatch(/^[1-9]\d+ fa:16:3e:.* 10\.30\.0\.5 /);
    const killed = dnsmasqOf(agents, network.id)?.pid ?? 0;
    process.kill(killed, 'SIGKILL');
    await eventually('another dnsmasq runs', () => (dnsmasqOf(agents, network.id)?.pid ?? killed) !== killed);
    expect(readFileSync(paths.leases, 'utf8')).toBe(lease);
    expect((await leaseOf(agents, instance))?.['ip']).toBe('10.30.0.5');
  });

  test('whatever is lost or in the way is repaired by the next start', async () => {
    await using agents = await agentsHost();
    const network = testNetwork({ cidr: '10.30.0.0/24', gateway_ip: '10.30.0.1' });
    agents.server.networks.set(network.id, network);
    await agents.start();
    const namespace = `qdhcp-${network.id}`;
    const directory = join(agents.settings.stateDirectory, 'dhcp', network.id);
    const device = `ns-${dhcpPortOf(agents, network.id).id.slice(0, 11)}`;
    const inside = async (): Promise<string> =>
      (await agents.host.run(['ip', '-n', namespace, '-br', 'address'])).stdout + (await agents.host.run(['ip', '-n', namespace, 'route'])).stdout;
    const healthy = (await inside()).replace(/@\S+/g, '').replace(/fe80::\S+/g, '');
    expect(healthy).toContain('10.30.0.2/24');
    const damages: Record<string, () => Promise<unknown> | unknown> = {
      'the namespace is gone': () => agents.host.run(['ip', 'netns', 'delete', namespace]),
      'the device is gone': () => agents.host.run(['ip', '-n', namespace, 'link', 'delete', device]),
      'the device is down': () => agents.host.run(['ip', '-n', namespace, 'link', 'set', device, 'down']),
      'an address of nobody is there': () => agents.host.run(['ip', '-n', namespace, 'address', 'add', '10.30.0.99/24', 'dev', device]),
      'the address is gone, and the default route with it': () => agents.host.run(['ip', '-n', namespace, '-4', 'address', 'flush', 'dev', device]),
      'the pid file is lost': () => rmSync(join(directory, 'pid')),
      'the pid file names another process': () => writeFileSync(join(directory, 'pid'), '1\n'),
      'the files are lost': () => rmSync(directory, { recursive: true }),
      'the hosts file was edited': () => appendFileSync(join(directory, 'host'), 'fa:16:3e:00:00:99,10.30.0.77\n'),
    };
    for (const [what, damage] of Object.entries(damages)) {
      await agents.stop('SIGKILL');
      await damage();
      await agents.start();
      expect((await inside()).replace(/@\S+/g, '').replace(/fe80::\S+/g, ''), what).toBe(healthy);
      expect(dnsmasqOf(agents, network.id), what).toBeDefined();
      expect(readFileSync(join(directory, 'host'), 'utf8'), what).toBe('');
    }
    const all = await agents.host.run(['pgrep', '-f', '--', `--pid-file=${directory}`], { accept: [1] });
    expect(all.stdout.trim().split('\n')).toHaveLength(1);
  });

  test('what is left of networks that are gone is removed once in sync, and nothing before', async () => {
    await using agents = await agentsHost();
    const gone = testNetwork({ cidr: '10.30.0.0/24' });
    agents.server.networks.set(gone.id, gone);
    await agents.start();
    const pid = dnsmasqOf(agents, gone.id)?.pid;
    await agents.stop('SIGKILL');
    agents.server.networks.delete(gone.id);
    const namespaceOnly = 'qdhcp-11111111-2222-4333-8444-555555555555';
    await agents.host.run(['ip', 'netns', 'add', namespaceOnly]);
    mkdirSync(join(agents.settings.stateDirectory, 'dhcp', '66666666-2222-4333-8444-555555555555'));
    await agents.start();
    expect((await agents.host.run(['ip', 'netns', 'list'])).stdout).toBe('');
    expect((await agents.host.run(['ls', join(agents.settings.stateDirectory, 'dhcp')])).stdout).toBe('');
    expect((await agents.host.run(['ip', '-br', 'link'])).stdout).not.toContain('tap');
    expect(isRunning(pid)).toBe(false);
  });
});
