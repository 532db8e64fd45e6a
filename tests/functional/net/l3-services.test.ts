import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import { describe, expect, test } from 'vitest';
import { command, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { isRunning } from './dhcp-agents-host.ts';
import { l3Host, type L3Host } from './l3-host.ts';
import { router, routerPort, subnet } from './l3-scripted-server.ts';

const soon = { timeout: 60_000 };

/** In place of the metadata agent: tells what it was asked, and by whom. */
async function metadataAgent({ settings }: L3Host): Promise<AsyncDisposable> {
  mkdirSync(dirname(settings.metadataProxySocket), { recursive: true });
  const server = createServer((request, response) => response.end(JSON.stringify({ url: request.url, router: request.headers['x-neutron-router-id'], network: request.headers['x-neutron-network-id'], from: request.headers['x-forwarded-for'] })));
  server.listen(settings.metadataProxySocket);
  await once(server, 'listening');
  return server;
}

/** A machine that configures itself from advertisements, and takes routes from them. */
async function selfConfiguring(host: L3Host, name: string, network: string): Promise<void> {
  await host.machine(name, network, []);
  const settings = ['accept_ra=2', 'autoconf=1', 'accept_ra_rt_info_max_plen=128', 'router_solicitation_interval=1'].map((setting) => `net.ipv6.conf.eth0.${setting}`);
  await host.host.run(['sysctl', '-qw', ...settings], { netns: name });
  // It asks when its device comes up.
  await host.host.run(['ip', 'link', 'set', 'eth0', 'down'], { netns: name });
  await host.host.run(['ip', 'link', 'set', 'eth0', 'up'], { netns: name });
}

describe('what a router serves', requires(root, networkNamespaces, command('iptables'), command('curl')), () => {
  test('metadata: a request arrives with the router it came through, whatever it claims; nobody else reaches the proxy', async () => {
    await using host = await l3Host();
    await using _metadata = await metadataAgent(host);
    const internal = routerPort([subnet('10.1.0.0/24')], ['10.1.0.1']);
    const gateway = routerPort([subnet('203.0.113.0/24')], ['203.0.113.10']);
    const own = router({ _interfaces: [internal], gw_port: gateway });
    host.server.routers.set(own.id, own);
    await host.start();
    await host.network('inside', internal);
    await host.network('outside', gateway);
    await host.machine('one', 'inside', ['10.1.0.5/24'], ['10.1.0.1']);
    await host.machine('world', 'outside', ['203.0.113.1/24'], ['203.0.113.10']);
    const ask = async (machine: string, address: string): Promise<string> => (await host.on(machine, 'curl', '-s', '--max-time', '2', '-H', `X-Neutron-Router-ID: ${crypto.randomUUID()}`, '-H', 'X-Neutron-Network-ID: n', `http://${address}/latest`)).stdout;
    await expect.poll(() => ask('one', '169.254.169.254'), soon).toBe(JSON.stringify({ url: '/latest', router: own.id, from: '10.1.0.5' }));
    expect(await ask('one', '10.1.0.1:9697')).toBe('');
    expect(await ask('world', '203.0.113.10:9697')).toBe('');
    expect(await ask('world', '169.254.169.254')).toBe('');
  });
});

describe('the advertisements of a router', requires(root, networkNamespaces, command('iptables'), command('radvd'), command('curl')), () => {
  test('give instances addresses, a gateway and the way to metadata, as the mode of the subnet says; radvd comes back when it dies, and goes with the router', async () => {
    await using host = await l3Host();
    await using _metadata = await metadataAgent(host);
    const own = (mode: 'slaac' | 'dhcpv6-stateful'): RouterInfo => {
      const v6 = subnet('fd00:5::/64', { id: '5', ipv6_ra_mode: mode });
      return router({ id: '55555555-5555-4555-8555-555555555555', _interfaces: [routerPort([v6], ['fd00:5::1'], { id: '55555555-6666-4555-8555-555555555555' })] });
    };
    const [internal] = own('slaac')._interfaces ?? [];
    if (internal === undefined) throw new Error('no interface');
    host.server.routers.set(own('slaac').id, own('slaac'));
    await host.start();
    await host.network('inside', internal);
    await selfConfiguring(host, 'one', 'inside');
    const configured = async (machine: string): Promise<string> => (await host.on(machine, 'ip', '-6', 'address', 'show', 'dev', 'eth0', 'scope', 'global')).stdout + (await host.on(machine, 'ip', '-6', 'route', 'show', 'default')).stdout;
    await expect.poll(() => configured('one'), soon).toMatch(/inet6 fd00:5::[^]*default via fe80::/);
    const mtu = async (): Promise<readonly [device: number, ipv6: number]> => {
      const [device = NaN, ipv6 = NaN] = (await host.on('one', 'cat', '/sys/class/net/eth0/mtu', '/proc/sys/net/ipv6/conf/eth0/mtu')).stdout.trim().split('\n').map(Number);
      return [device, ipv6];
    };
    await expect.poll(mtu, soon).toEqual([1500, internal.mtu]);
    expect(internal.mtu).toBeLessThan(1500);
    const metadata = async (): Promise<string> => (await host.on('one', 'curl', '-s', '-g', '--max-time', '2', 'http://[fe80::a9fe:a9fe%25eth0]/latest')).stdout;
    await expect.poll(metadata, soon).toContain(`"router":"${own('slaac').id}"`);

    const pidFile = join(host.settings.advertisements.pids, `${own('slaac').id}.pid.radvd`);
    const pid = (): number => Number(readFileSync(pidFile, 'utf8'));
    const first = pid();
    // Nobody but the agent itself has a reason to look.
    process.kill(first, 'SIGKILL');
    await expect.poll(pid, soon).not.toBe(first);
    await expect.poll(() => isRunning(pid()), soon).toBe(true);
    // One that the agent found when it started is as much its own.
    await host.kill();
    await host.start();
    const found = pid();
    process.kill(found, 'SIGKILL');
    await expect.poll(pid, soon).not.toBe(found);
    await host.server.put(own('dhcpv6-stateful'));
    await selfConfiguring(host, 'two', 'inside');
    await expect.poll(() => configured('two'), soon).toContain('default via fe80::');
    expect(await configured('two')).not.toContain('fd00:5::');
    const second = pid();
    await host.server.delete(own('slaac').id);
    await expect.poll(async () => (await host.host.run(['ip', 'netns', 'list'])).stdout, soon).not.toContain('qrouter-');
    expect(isRunning(second)).toBe(false);
    expect(() => pid()).toThrow('ENOENT');
  });
});
