import type { JsonObject } from '@neutrino/lib/json';
import { createBroker, type Broker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { command, linkType, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { admin, idOf, instancePort, networkWithSubnet, runningServer, type RunningServer } from '../rpc/running-server.ts';
import { eventually, type Bench, type PluggedPort } from './l2-fixture.ts';
import { answered, pings, twoHosts, type TwoHosts } from './two-hosts.ts';

let broker: Broker;
let server: RunningServer;
let hosts: TwoHosts;
let network: JsonObject;
beforeEach(async () => {
  broker = createBroker();
  server = await runningServer({ broker, populatesTunnels: true });
  hosts = await twoHosts(broker);
  ({ network } = await networkWithSubnet(server, 'p1', '10.9.0.0/24'));
});
afterEach(async () => {
  await hosts[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

/** An instance on a host, up and with its addresses. */
async function boot(bench: Bench): Promise<PluggedPort> {
  const made = await instancePort(server, network, { 'binding:host_id': bench === hosts.here ? 'host-a' : 'host-b' });
  const port = { id: idOf(made), mac: String(made['mac_address']), addresses: (made['fixed_ips'] as readonly JsonObject[]).map(({ ip_address }) => String(ip_address)) };
  await bench.plug(port);
  await eventually(async () => (await server.core.ports.get(admin, port.id))['status'] === 'ACTIVE', 'the port ACTIVE');
  await bench.wired(port);
  return port;
}

const vxlan = (): string => `vxlan-${String(network['provider:segmentation_id'])}`;
/** Without what the devices have learned by themselves. */
const fdb = async (bench: Bench): Promise<string> =>
  (await bench.host.run(['bridge', 'fdb', 'show', 'dev', vxlan()], { accept: [1, 255] })).stdout.split('\n').filter((line) => / dst .* permanent/.test(line)).join('\n');
const reaches = (from: Bench, port: PluggedPort, to: PluggedPort): Promise<boolean> => pings(from, port, to.addresses[0] ?? '');
const answers = (from: Bench, port: PluggedPort, to: PluggedPort): Promise<boolean> => answered(from, port, to.addresses[0] ?? '');

describe('l2population', { timeout: 180_000, ...requires(root, networkNamespaces, linkType('vxlan'), command('iptables'), command('ipset'), command('nft'), command('bridge')) }, () => {
  test('tells each host what is behind which tunnel, without any group, also after an agent was away', async () => {
    const { here, there } = hosts;
    await using agents = await hosts.startAgents({ vxlan: { l2Population: true } });
    const [one, two] = [await boot(here), await boot(there)];
    await eventually(() => reaches(here, one, two), 'the first packet between the hosts');
    expect((await here.host.run(['ip', '-d', 'link', 'show', vxlan()])).stdout).not.toMatch(/vxlan id .*(group|proxy) /);
    expect(await fdb(here)).toMatch(new RegExp(`${two.mac} dst 172\\.31\\.255\\.2 self permanent`));
    expect(await fdb(here)).toContain('00:00:00:00:00:00 dst 172.31.255.2 self permanent');
    expect(await fdb(there)).toMatch(new RegExp(`${one.mac} dst 172\\.31\\.255\\.1 self permanent`));
    // Away, an agent's kernel goes on; and it is told what it missed.
    await agents.here.kill();
    const three = await boot(there);
    expect(await answers(here, one, two)).toBe(true);
    expect(await fdb(here)).not.toContain(three.mac);
    const again = await here.startAgent({ vxlan: { ...hosts.vxlanHere, l2Population: true } });
    await eventually(async () => (await fdb(here)).includes(three.mac), 'what the agent missed');
    expect(await fdb(here)).toContain(two.mac);
    // And what went meanwhile.
    await again.kill();
    await there.unplug(three);
    await server.core.ports.delete?.(admin, three.id);
    expect(await fdb(here)).toContain(three.mac);
    await using _third = await here.startAgent({ vxlan: { ...hosts.vxlanHere, l2Population: true } });
    await eventually(async () => !(await fdb(here)).includes(three.mac), 'the end of the entry');
    expect(await fdb(here)).toContain(two.mac);
    await there.unplug(two);
    await server.core.ports.delete?.(admin, two.id);
    await eventually(async () => !(await fdb(here)).includes('172.31.255.2'), 'the end of the tunnel');
  });

  test('with the responder, who asks for a neighbour is answered on the same host', async () => {
    const { here, there } = hosts;
    await server.core.subnets.create?.(admin, [{ project_id: 'p1', network_id: idOf(network), ip_version: 6, cidr: 'fd09::/64', enable_dhcp: false }]);
    await using _ = await hosts.startAgents({ vxlan: { l2Population: true, arpResponder: true } });
    const [one, two] = [await boot(here), await boot(there)];
    await eventually(() => reaches(here, one, two), 'the first packet between the hosts');
    expect((await here.host.run(['ip', '-d', 'link', 'show', vxlan()])).stdout).toContain('proxy');
    // Nothing that is sent to all reaches the other host any more, and still its instance is found.
    await here.host.run(['bridge', 'fdb', 'delete', '00:00:00:00:00:00', 'dev', vxlan(), 'dst', '172.31.255.2']);
    await here.inside(one, 'ip', 'neighbour', 'flush', 'dev', 'eth0');
    for (const address of two.addresses) expect(await answered(here, one, address), address).toBe(true);
    expect(two.addresses).toHaveLength(2);
    expect((await here.host.run(['ip', '-6', 'address', 'show', 'dev', vxlan()])).stdout).toBe('');
    const [{ subnet_id: subnet }] = (await server.core.ports.get(admin, two.id))['fixed_ips'] as readonly [JsonObject];
    await server.core.ports.update?.(admin, two.id, { fixed_ips: [{ subnet_id: subnet ?? null, ip_address: '10.9.0.99' }] });
    const neighbours = async (): Promise<string> => (await here.host.run(['ip', 'neighbour', 'show', 'dev', vxlan(), 'nud', 'permanent'])).stdout;
    await eventually(async () => (await neighbours()).includes(`10.9.0.99 lladdr ${two.mac}`), 'the new address');
    expect(await neighbours()).not.toContain(two.addresses[0]);
  });
});
