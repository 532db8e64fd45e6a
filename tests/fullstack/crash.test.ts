import { describe, expect, test } from 'vitest';
import type { Host } from '@neutrino/allinone/host/host';
import type { Session } from '@neutrino/client/session';
import type { JsonObject } from '@neutrino/lib/json';
import { command, networkNamespaces, requires, root } from '../support/capabilities.ts';
import { neutrinoService } from '../support/neutrino-service.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const CREATES = 200;
const dataPath = requires(root, networkNamespaces, command('dnsmasq'), command('udhcpc'), command('iptables'), command('ipset'), command('nft'), command('pgrep'));

interface Port {
  readonly id: string;
  readonly mac_address: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly { readonly ip_address: string }[];
}

async function network(session: Session, cidr: string): Promise<string> {
  const { network: made } = (await session.request('POST', '/v2.0/networks', { network: { name: 'crash' } })) as { network: JsonObject };
  await session.request('POST', '/v2.0/subnets', { subnet: { network_id: made['id'] as string, ip_version: 4, cidr } });
  return String(made['id']);
}

async function portsOf(session: Session, networkId: string): Promise<readonly Port[]> {
  return ((await session.request('GET', `/v2.0/ports?network_id=${networkId}`)) as unknown as { ports: Port[] }).ports;
}

describe('kill -9', { ...dataPath, timeout: 300_000 }, () => {
  test('in the middle of 200 concurrent creates loses no acknowledged port and gives no address twice', async () => {
    await using service = await neutrinoService();
    let run = await service.up();
    const admin = await service.admin();
    const networkId = await network(admin, '10.2.0.0/16');

    const acknowledged: Port[] = [];
    // Each is followed by another, so that there are as many in the moment of the kill, whenever that is.
    const creates = Array.from({ length: CREATES }, async () => {
      for (;;) {
        const { port } = (await admin.request('POST', '/v2.0/ports', { port: { network_id: networkId } })) as unknown as { port: Port };
        acknowledged.push(port);
      }
    });
    const settled = Promise.allSettled(creates);
    await expect.poll(() => acknowledged.length, { interval: 1 }).toBeGreaterThan(CREATES / 4);
    await service.kill9(run);
    expect((await settled).filter(({ status }) => status === 'fulfilled')).toEqual([]);

    run = await service.up();
    const after = await service.admin();
    const ports = await portsOf(after, networkId);
    const ids = new Set(ports.map(({ id }) => id));
    expect(acknowledged.filter(({ id }) => !ids.has(id))).toEqual([]);
    const addresses = ports.flatMap(({ fixed_ips }) => fixed_ips.map(({ ip_address }) => ip_address));
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(new Set(ports.map(({ mac_address }) => mac_address)).size).toBe(ports.length);

    await expectDnsmasqToKnow(service.host(), service.state.agents, networkId, ports);
    expect(await service.stop(run)).toBe(0);
  });

  test('instances that talk go on talking through it, and the next start repairs what was broken meanwhile', async () => {
    await using service = await neutrinoService();
    const run = await service.up();
    const admin = await service.admin();
    const networkId = await network(admin, '10.3.0.0/24');
    await service.neutrino('instance', 'create', 'a', '--network', networkId);
    await service.neutrino('instance', 'create', 'b', '--network', networkId);
    const address = /10\.3\.0\.\d+/.exec((await service.neutrino('instance', 'list')).split('\n').find((line) => line.includes('  b  ')) ?? '')?.[0] ?? '';
    expect(address).not.toBe('');
    const ping = service.neutrino('instance', 'exec', 'a', '--', 'ping', '-q', '-n', '-i', '0.1', '-c', '60', address);
    ping.catch(() => undefined);
    await sleep(500);
    await service.kill9(run);

    const host = service.host();
    const whole = await kernelState(host);
    await host.run(['iptables', '-N', 'neutron-linuxbri-i00000000-0']);
    await host.run(['iptables', '-A', 'neutron-linuxbri-i00000000-0', '-j', 'ACCEPT']);
    await host.run(['iptables', '-I', 'neutron-linuxbri-sg-fallback', '-j', 'ACCEPT']);
    await host.run(['ipset', 'create', 'NIPv400000000-0000-0000-0000-', 'hash:net']);
    await host.run(['nft', 'flush', 'ruleset', 'bridge']);
    await host.run(['pkill', '-f', `dnsmasq.*${networkId}`]);

    await service.up();
    expect(await ping).toContain(' 0% packet loss');
    await expect.poll(() => kernelState(host), { timeout: 60_000, interval: 200 }).toEqual(whole);
    await expectDnsmasqToKnow(host, service.state.agents, networkId, await portsOf(await service.admin(), networkId));
    expect(await service.neutrino('instance', 'exec', 'b', '--', 'ping', '-q', '-n', '-c', '1', '-W', '30', '10.3.0.2')).toContain('1 received');
  });
});

/** Devices, rules and sets, without what counts by itself. */
async function kernelState(host: Host): Promise<Readonly<Record<string, unknown>>> {
  const lines = async (argv: readonly [string, ...string[]]): Promise<readonly string[]> => {
    const { stdout } = await host.run(argv);
    return stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#')).map((line) => line.replace(/\[\d+:\d+\]/, '').trim());
  };
  const links = JSON.parse((await host.run(['ip', '-j', 'link'])).stdout) as { ifname: string; master?: string; mtu: number; operstate: string }[];
  return {
    links: links.map(({ ifname, master = '', mtu }) => `${ifname} ${master} ${mtu}`).sort(),
    iptables: await lines(['iptables-save']),
    ip6tables: await lines(['ip6tables-save']),
    ipsets: (await lines(['ipset', 'save'])).toSorted(),
    nft: await lines(['nft', 'list', 'ruleset', 'bridge']),
  };
}

/** The hosts file names every port but the DHCP server's own by its MAC address, and a dnsmasq runs on it. */
async function expectDnsmasqToKnow(host: Host, agents: string, networkId: string, all: readonly Port[]): Promise<void> {
  const ports = all.filter(({ device_owner }) => device_owner !== 'network:dhcp');
  const file = `${agents}/dhcp/${networkId}/host`;
  const deadline = Date.now() + 60_000;
  for (;;) {
    const { stdout } = await host.run(['cat', file], { accept: [1] });
    const lines = stdout.split('\n').filter(Boolean);
    const { code } = await host.run(['pgrep', '-f', `dnsmasq.*${networkId}`], { accept: [1] });
    const missing = ports.filter(({ mac_address }) => !lines.some((line) => line.startsWith(mac_address)));
    if (missing.length === 0 && lines.length === ports.length && code === 0) return;
    if (Date.now() > deadline) {
      expect({ missing: missing.length, lines: lines.length, dnsmasq: code }).toEqual({ missing: 0, lines: ports.length, dnsmasq: 0 });
    }
    await sleep(100);
  }
}
