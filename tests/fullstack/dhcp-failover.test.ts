import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, hostNamespaces, requires } from '../support/capabilities.ts';
import type { HostProgram } from '../support/hosts/host-program.ts';
import type { LabHost } from '../support/hosts/lab-host.ts';
import { openLabHosts } from '../support/hosts/lab-hosts.ts';
import { openRelay } from '../support/hosts/relay.ts';
import { realRabbit, startRabbit } from '../support/rabbitmq.ts';

/** Seconds; `agent_down_time` is far more than a busy machine keeps an agent from reporting. */
const [downTime, reportInterval] = [5, 1];
/** Neutron's rule: not heard for twice `agent_down_time`, seen by a check every half of it. Starting agents get 2 s more for each network. */
const failoverSeconds = 2 * downTime + 2 + downTime / 2;

/** Writes each event and the address; what a DHCP client does to its interface. */
const CLIENT_EVENT = `#!/bin/sh
case "$1" in
bound | renew) ip address replace "$ip/$mask" dev "$interface" ;;
esac
echo "$1 $ip \${serverid:-}" >>/var/lib/lease-events
`;

describe('two hosts with a DHCP agent each', requires(hostNamespaces, realRabbit, command('dnsmasq'), command('udhcpc'), command('ipset'), command('nft')), () => {
  const stack = new AsyncDisposableStack();
  const agents = new Map<string, HostProgram>();
  let hosts: readonly [LabHost, LabHost];
  let api: string;

  const program = (host: LabHost, name: string, module: string, ...files: readonly string[]): Promise<HostProgram> =>
    host.start(name, [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve(module)), ...['neutron.conf', ...files].flatMap((file) => ['--config-file', `/etc/neutron/${file}`])]);
  const startAgent = async (host: LabHost, name: 'dhcp' | 'linuxbridge'): Promise<void> =>
    void agents.set(`${host.name} ${name}`, stack.use(await program(host, name, `@neutrino/agent/cmd/neutron-${name}-agent`, `${name}_agent.ini`)));
  const request = async (method: string, path: string, body?: Json): Promise<JsonObject> => {
    const response = await fetch(`${api}${path}`, { method, headers: { 'X-Project-Id': 'p1', 'Content-Type': 'application/json' }, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const text = await response.text();
    const answer: unknown = text === '' ? {} : JSON.parse(text);
    if (!response.ok || !isJsonObject(answer)) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return answer;
  };
  const made = async (path: string, body: JsonObject): Promise<JsonObject> => Object.values(await request('POST', path, body))[0] as JsonObject;
  const list = async (path: string, key: string): Promise<readonly JsonObject[]> => (await request('GET', `/v2.0/${path}`))[key] as readonly JsonObject[];
  const serving = async (networkId: string): Promise<readonly unknown[]> => (await list(`networks/${networkId}/dhcp-agents`, 'agents')).map(({ host }) => host);
  const dhcpPorts = (networkId: string): Promise<readonly JsonObject[]> => list(`ports?network_id=${networkId}&device_owner=network:dhcp`, 'ports');
  /** What a host has of the network's DHCP: the namespace, and the dnsmasq in it. */
  const hasNamespace = async (host: LabHost, networkId: string): Promise<boolean> => (await host.run(['ip', 'netns', 'list'])).stdout.includes(`qdhcp-${networkId}`);
  const dnsmasqPid = (host: LabHost, networkId: string): string => host.read(`/var/lib/neutron/dhcp/${networkId}/pid`).trim();

  beforeAll(async () => {
    const lab = stack.use(await openLabHosts(2));
    hosts = lab.hosts as unknown as readonly [LabHost, LabHost];
    const [controller] = hosts;
    stack.use(await startRabbit({ enter: controller.enter, settings: [`listeners.tcp.3 = ${controller.address}:5672`, 'loopback_users = none'] }));
    for (const host of hosts) {
      host.write(
        '/etc/neutron/neutron.conf',
        `[DEFAULT]
auth_strategy = noauth
core_plugin = ml2
bind_host = ${controller.address}
api_workers = 1
agent_down_time = ${downTime}
transport_url = rabbit://guest:guest@${controller.address}:5672/
[agent]
report_interval = ${reportInterval}
[database]
connection = sqlite:////var/lib/neutron/neutron.sqlite
`,
      );
      host.write('/etc/neutron/ml2_conf.ini', '[ml2]\ntype_drivers = vxlan\ntenant_network_types = vxlan\nmechanism_drivers = linuxbridge\n[ml2_type_vxlan]\nvni_ranges = 1:100\n');
      host.write('/etc/neutron/linuxbridge_agent.ini', `[vxlan]\nlocal_ip = ${host.address}\n[securitygroup]\nfirewall_driver = iptables\n`);
      host.write('/etc/neutron/dhcp_agent.ini', '[DEFAULT]\ninterface_driver = linuxbridge\n');
      host.write('/var/lib/client-event', CLIENT_EVENT);
      await host.run(['chmod', '+x', '/var/lib/client-event']);
      await host.run(['mkdir', '-p', '/var/lib/neutron']);
    }
    const upgrade = await controller.start('upgrade', [process.execPath, '--conditions=neutrino-source', fileURLToPath(import.meta.resolve('@neutrino/server/cmd/neutron-db-manage')), '--config-file', '/etc/neutron/neutron.conf', 'upgrade', 'heads']);
    if ((await upgrade.ended()) !== 0) throw new Error(upgrade.output());
    const server = stack.use(await program(controller, 'server', '@neutrino/server/cmd/neutron-server', 'ml2_conf.ini'));
    await server.says('the network API answers');
    api = `http://127.0.0.1:${await stack.use(openRelay(controller)).to(controller.address, 9696)}`;
    for (const host of hosts) await Promise.all([startAgent(host, 'linuxbridge'), startAgent(host, 'dhcp')]);
  });
  afterAll(() => stack.disposeAsync());

  test('take the network of one another over with the address of its server; leases go on; and nothing is doubled when the dead one returns', async () => {
    await expect.poll(async () => (await list('agents', 'agents')).filter(({ alive }) => alive === true).length, { timeout: 60_000 }).toBe(4);
    const { id, mtu } = await made('/v2.0/networks', { network: { name: 'n' } });
    const networkId = String(id);
    await made('/v2.0/subnets', { subnet: { network_id: networkId, cidr: '10.9.0.0/24', ip_version: 4 } });
    await expect.poll(() => serving(networkId), { timeout: 60_000 }).toHaveLength(1);
    const [first] = await serving(networkId);
    const [dying, other] = first === hosts[0].name ? hosts : [hosts[1], hosts[0]];
    await expect.poll(async () => (await dhcpPorts(networkId)).map(({ status }) => status), { timeout: 60_000 }).toEqual(['ACTIVE']);
    const [portBefore] = await dhcpPorts(networkId);

    // An instance on the host that lives on.
    const port = await made('/v2.0/ports', { port: { network_id: networkId, device_id: 'vm', device_owner: 'compute:nova', 'binding:host_id': other.name } });
    const tap = `tap${String(port['id']).slice(0, 11)}`;
    await other.run(['ip', 'netns', 'add', 'guest']);
    await other.run(['ip', 'link', 'add', tap, 'mtu', String(mtu), 'type', 'veth', 'peer', 'name', 'eth0', 'address', String(port['mac_address']), 'mtu', String(mtu), 'netns', 'guest']);
    await other.run(['ip', '-n', 'guest', '-batch', '-'], { input: 'link set lo up\nlink set eth0 up\n' });
    await other.run(['ip', 'link', 'set', tap, 'up']);
    await expect.poll(async () => ((await request('GET', `/v2.0/ports/${String(port['id'])}`))['port'] as JsonObject)['status'], { timeout: 60_000 }).toBe('ACTIVE');
    const client = stack.use(await other.start('client', ['ip', 'netns', 'exec', 'guest', 'udhcpc', '-f', '-i', 'eth0', '-t', '60', '-T', '1', '-s', '/var/lib/client-event']));
    const events = (): readonly string[] => (existsSync(other.path('/var/lib/lease-events')) ? other.read('/var/lib/lease-events').trim().split('\n') : []);
    const [fixedIp] = port['fixed_ips'] as readonly JsonObject[];
    const [serverIp] = (portBefore?.['fixed_ips'] ?? []) as readonly JsonObject[];
    const lease = `${String(fixedIp?.['ip_address'])} ${String(serverIp?.['ip_address'])}`;
    await expect.poll(events, { timeout: 60_000 }).toContain(`bound ${lease}`);

    // Neither the agent nor its server gets to say anything.
    await agents.get(`${dying.name} dhcp`)?.kill();
    await dying.run(['kill', '-9', dnsmasqPid(dying, networkId)]);
    const killed = performance.now();
    await expect.poll(() => serving(networkId), { timeout: 60_000, interval: 100 }).toEqual([other.name]);
    const seconds = (performance.now() - killed) / 1000;
    // A report more may have been under way, and the machine may be busy.
    expect(seconds).toBeLessThan(failoverSeconds + reportInterval + 30);
    await expect.poll(async () => (await dhcpPorts(networkId)).map(({ status, 'binding:host_id': host }) => ({ status, host })), { timeout: 60_000 }).toEqual([{ status: 'ACTIVE', host: other.name }]);
    const [portAfter] = await dhcpPorts(networkId);
    expect(portAfter).toMatchObject({ id: portBefore?.['id'], fixed_ips: portBefore?.['fixed_ips'], mac_address: portBefore?.['mac_address'] });
    const dead = await list(`agents?host=${dying.name}&agent_type=DHCP%20agent`, 'agents');
    expect(dead).toMatchObject([{ alive: false, admin_state_up: true }]);
    expect(await list(`agents/${String(dead[0]?.['id'])}/dhcp-networks`, 'networks')).toEqual([]);

    const renewed = async (): Promise<void> => {
      const before = events().length;
      client.signal('SIGUSR1');
      await expect.poll(() => events().slice(before), { timeout: 60_000 }).toEqual([`renew ${lease}`]);
    };
    await renewed();

    await startAgent(dying, 'dhcp');
    await expect.poll(async () => (await list(`agents?host=${dying.name}&agent_type=DHCP%20agent`, 'agents')).map(({ alive }) => alive), { timeout: 60_000 }).toEqual([true]);
    await expect.poll(() => hasNamespace(dying, networkId), { timeout: 60_000 }).toBe(false);
    // The files go after the namespace.
    await expect.poll(() => existsSync(dying.path(`/var/lib/neutron/dhcp/${networkId}`)), { timeout: 60_000 }).toBe(false);
    expect(await serving(networkId)).toEqual([other.name]);
    expect((await dhcpPorts(networkId)).map(({ id: portId }) => portId)).toEqual([portBefore?.['id']]);
    expect(await hasNamespace(other, networkId)).toBe(true);
    await renewed();
    expect(events().map((line) => line.split(' ')[0])).toEqual(['deconfig', 'bound', 'renew', 'renew']);
    // A new network goes to the one that has none.
    const { id: second } = await made('/v2.0/networks', { network: { name: 'another' } });
    await made('/v2.0/subnets', { subnet: { network_id: String(second), cidr: '10.8.0.0/24', ip_version: 4 } });
    await expect.poll(() => serving(String(second)), { timeout: 60_000 }).toEqual([dying.name]);
  }, 400_000);
});
