import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { command, hostNamespaces, requires } from '../support/capabilities.ts';
import { openHaRoutersLab, type HaRoutersLab } from '../support/ha-routers-lab.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { realRabbit } from '../support/rabbitmq.ts';

const patience = { timeout: 120_000 };

describe('a highly available router on two hosts', requires(hostNamespaces, realRabbit, ...['keepalived', 'radvd', 'iptables', 'ipset', 'nft'].map(command)), () => {
  let lab: HaRoutersLab;
  beforeAll(async () => {
    lab = await openHaRoutersLab({ l3: 'ha_vrrp_advert_int = 1\n', tunnels: 'l2population' });
  }, 240_000);
  afterAll(() => lab[Symbol.asyncDispose]());
  beforeEach(({ onTestFailed }) => onTestFailed(() => console.error(lab.lastWords())));

  const other = (host: LabHost): LabHost => lab.routerHosts.find(({ name }) => name !== host.name) ?? host;
  const keepalived = (host: LabHost): string => host.read(`/var/lib/neutron/ha_confs/${lab.routerId}.pid.keepalived`).trim();
  const stateFile = (host: LabHost): string => host.read(`/var/lib/neutron/ha_confs/${lab.routerId}/state`);
  /**
   * Both of its processes, so that neither gets to take the addresses away, and for the other host to take over. The agent starts it again at once, and copies are alike: where
   * the other has just read its configuration anew, and its patience with it, this one would be active again.
   */
  const killKeepalived = async (host: LabHost): Promise<void> => {
    using _still = lab.holdL3(host);
    const { stdout } = await host.run(['pgrep', '-f', `keepalived.*${lab.routerId}/keepalived.conf`]);
    await host.run(['kill', '-9', ...stdout.trim().split('\n')] as [string, ...string[]]);
    await expect.poll(() => lab.hostsWithAddress(), patience).toContain(other(host).name);
  };
  const hostOfPorts = async (): Promise<readonly unknown[]> => {
    const ports = await lab.list(`ports?device_id=${lab.routerId}&device_owner=network:ha_router_replicated_interface&device_owner=network:router_gateway`, 'ports');
    return [...new Set(ports.map((port) => port['binding:host_id']))];
  };

  test('is active at one of them, where its ports and addresses are and what it serves; the other is not heard', async () => {
    const active = await lab.untilOneIsActive();
    const waiting = other(active);
    expect(await lab.states()).toEqual({ [active.name]: 'active', [waiting.name]: 'standby' });
    await expect.poll(() => lab.hostsWithAddress(), patience).toEqual([active.name]);
    await expect.poll(hostOfPorts, patience).toEqual([active.name]);
    await expect.poll(() => [stateFile(active), stateFile(waiting)], patience).toEqual(['primary', 'backup']);
    const addresses = (): Promise<string> => lab.inNamespace(active, 'ip', '-br', 'address');
    await expect.poll(addresses, patience).toMatch(/ha-\S+ .*169\.254\.0\.\d+\/24/);
    await expect.poll(addresses, patience).toMatch(/qg-\S+ .*203\.0\.113\.\d+\/24 203\.0\.113\.\d+\/32 fe80::/);
    await expect.poll(() => lab.inNamespace(active, 'ip', 'route', 'show', 'default'), patience).toContain('203.0.113.200');
    const idle = await lab.inNamespace(waiting, 'ip', '-br', 'address');
    expect(idle).toMatch(/q[rg]-/);
    expect(idle.split('\n').filter((line) => /^q[rg]-/.test(line) && /[0-9a-f]+[.:]+\S*\//.test(line))).toEqual([]);
    const forwarding = async (host: LabHost): Promise<string> => (await lab.inNamespace(host, 'sysctl', '-n', 'net.ipv6.conf.all.forwarding')).trim();
    await expect.poll(async () => [await forwarding(active), await forwarding(waiting)], patience).toEqual(['1', '0']);
    const listening = async (host: LabHost): Promise<boolean> => (await lab.inNamespace(host, 'ss', '-Hltn', 'sport', '=', '9697')).trim() !== '';
    await expect.poll(async () => [await listening(active), await listening(waiting)], patience).toEqual([true, true]);
    const traffic = await lab.traffic();
    await sleep(1_000);
    expect(await traffic.stop()).toMatchObject({ toFloatingIp: { lost: 0 }, fromInside: { lost: 0 } });
    await expect.poll(() => lab.defaultRoutesOfIpv6(), patience).toContain('via fe80:');
    await expect.poll(() => lab.reachesByIpv6(), patience).toBe(true);
  }, 300_000);

  test('loses no packet when its agents are killed and started again, and stays where it is', async () => {
    const active = await lab.untilOneIsActive();
    const pids = lab.routerHosts.map(keepalived);
    const traffic = await lab.traffic();
    for (const host of lab.routerHosts) await lab.killL3(host);
    await sleep(3_000);
    for (const host of lab.routerHosts) await lab.startL3(host);
    await expect.poll(async () => (await lab.list('agents?agent_type=L3%20agent', 'agents')).map(({ alive }) => alive), patience).toEqual([true, true]);
    await sleep(3_000);
    const { toFloatingIp, fromInside } = await traffic.stop();
    expect([toFloatingIp.lost, fromInside.lost]).toEqual([0, 0]);
    expect(lab.routerHosts.map(keepalived)).toEqual(pids);
    expect((await lab.untilOneIsActive()).name).toBe(active.name);
  }, 300_000);

  test('goes to the other host when its keepalived dies, and what was left of it goes away; connections to floating IPs and IPv6 go on', async () => {
    const active = await lab.untilOneIsActive();
    const traffic = await lab.traffic();
    await using connection = await lab.connection();
    await expect.poll(() => connection.acknowledged(), patience).toBeGreaterThan(0);
    const routes = (await lab.defaultRoutesOfIpv6()).replaceAll(/expires \S+/g, '');
    await killKeepalived(active);
    await expect.poll(() => lab.hostsWithAddress(), patience).toEqual([other(active).name]);
    await expect.poll(() => lab.states(), patience).toEqual({ [active.name]: 'standby', [other(active).name]: 'active' });
    await expect.poll(hostOfPorts, patience).toEqual([other(active).name]);
    await expect.poll(() => stateFile(active), patience).toBe('backup');
    const before = await connection.acknowledged();
    await expect.poll(async () => (await connection.acknowledged()) > before, patience).toBe(true);
    // The host of before has said no farewell: nobody has had to hear of the router anew.
    expect((await lab.defaultRoutesOfIpv6()).replaceAll(/expires \S+/g, '')).toBe(routes);
    await expect.poll(() => lab.reachesByIpv6(), patience).toBe(true);
    await expect.poll(async () => (await active.run(['pgrep', '-cf', `keepalived.*${lab.routerId}/keepalived.conf`], { accept: [1] })).stdout.trim(), patience).toBe('2');
    await sleep(1_000);
    await traffic.stop();
  }, 300_000);

  test('goes to the other host when its own is cut off, and one is active when both are back', async () => {
    const active = await lab.untilOneIsActive();
    const traffic = await lab.traffic();
    await active.cut();
    await expect.poll(async () => (await lab.states())[other(active).name], patience).toBe('active');
    await expect.poll(async () => (await lab.states())[active.name], patience).toBe('standby');
    // It has begun once the router routes again.
    await lab.traffic().then((again) => again.stop());
    const { toFloatingIp, fromInside } = await traffic.stop();
    // Under five seconds on a quiet machine: `make ha-failover`.
    for (const { longest } of [toFloatingIp, fromInside]) expect(longest).toBeLessThan(20);
    await active.heal();
    await expect.poll(() => lab.hostsWithAddress(), patience).toHaveLength(1);
    await expect.poll(async () => (await lab.list('agents?agent_type=L3%20agent', 'agents')).map(({ alive }) => alive), patience).toEqual([true, true]);
    const now = await lab.untilOneIsActive();
    await expect.poll(() => lab.hostsWithAddress(), patience).toEqual([now.name]);
    await expect.poll(hostOfPorts, patience).toEqual([now.name]);
    // The kernel of the copy that stood back takes leave of multicast groups, some of that after a second, and a bridge may take one packet there.
    const lostInASecond = async (): Promise<number> => {
      const after = await lab.traffic();
      await sleep(1_000);
      return (await after.stop()).toFloatingIp.lost;
    };
    await expect.poll(lostInASecond, patience).toBe(0);
  }, 300_000);

  test('takes all of its gateways along, with their routes', async () => {
    const { network } = await lab.request('POST', '/v2.0/networks', { network: { name: 'elsewhere', 'router:external': true } }) as { readonly network: { readonly id: string } };
    await lab.request('POST', '/v2.0/subnets', { subnet: { network_id: network.id, cidr: '192.0.2.0/24', ip_version: 4, enable_dhcp: false } });
    const gateways = { router: { external_gateways: [{ network_id: network.id }] } };
    await lab.request('PUT', `/v2.0/routers/${lab.routerId}/add_external_gateways`, gateways);
    await lab.request('PUT', `/v2.0/routers/${lab.routerId}`, { router: { enable_default_route_ecmp: true } });
    const isAt = async (host: LabHost): Promise<void> => {
      await expect.poll(() => lab.inNamespace(host, 'ip', '-br', 'address'), patience).toMatch(/qg-\S+ .*192\.0\.2\.\d+\/24/);
      await expect.poll(() => lab.inNamespace(host, 'ip', '-4', 'route', 'show', 'table', 'all'), patience).toMatch(/default via 192\.0\.2\.1 dev qg-\S+ table \d+/);
      await expect.poll(() => lab.inNamespace(host, 'ip', 'route', 'show', 'default'), patience).toMatch(/nexthop via 192\.0\.2\.1 .*\n.*nexthop via 203\.0\.113\.200 |nexthop via 203\.0\.113\.200 .*\n.*nexthop via 192\.0\.2\.1 /);
    };
    const active = await lab.untilOneIsActive();
    await isAt(active);
    await expect.poll(() => lab.inNamespace(other(active), 'ip', 'rule'), patience).toContain('fwmark');
    await killKeepalived(active);
    await expect.poll(() => lab.hostsWithAddress(), patience).toEqual([other(active).name]);
    await isAt(other(active));
    await expect.poll(() => lab.inNamespace(active, 'ip', '-4', 'route', 'show', 'table', 'all'), patience).not.toMatch(/default|192\.0\.2/);
    await expect.poll(hostOfPorts, patience).toEqual([other(active).name]);
    // Only the first of them leads to the machine outside.
    await lab.request('PUT', `/v2.0/routers/${lab.routerId}/remove_external_gateways`, gateways);
    for (const host of lab.routerHosts) await expect.poll(() => lab.inNamespace(host, 'ip', 'rule'), patience).not.toContain('fwmark');
    await lab.traffic().then((traffic) => traffic.stop());
  }, 300_000);

  test('that is repaired stays active', async () => {
    const active = await lab.untilOneIsActive();
    await lab.inNamespace(active, 'sh', '-c', 'for device in $(ls /sys/class/net | grep ^qr-); do ip address delete 10.7.0.1/24 dev $device; done');
    await lab.killL3(active);
    await lab.startL3(active);
    await expect.poll(() => lab.hostsWithAddress(), patience).toEqual([active.name]);
    await lab.traffic().then((traffic) => traffic.stop());
    expect((await lab.untilOneIsActive()).name).toBe(active.name);
  }, 300_000);
});
