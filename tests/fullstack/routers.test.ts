import { spawn } from 'node:child_process';
import type { JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requires } from '../support/capabilities.ts';
import { NOVA_PORT, openRouterCloud, routerCloudHere, type RouterCloud } from './router-cloud.ts';

/** In place of Nova: says whom it takes the asker for. */
const NOVA = `require('node:http').createServer((q, r) => r.end(q.headers['x-instance-id'])).listen(${NOVA_PORT}, '127.0.0.1')`;

describe('routers, from the request to the packet', requires(...routerCloudHere), () => {
  const stack = new AsyncDisposableStack();
  let cloud: RouterCloud;

  /** What of a router the kernel has, but for counters. */
  const kernel = async (router: string): Promise<string> =>
    (await cloud.host.run(['bash', '-c', `(ip -o link; ip -o -4 address; ip route; iptables-save; ip6tables-save) | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'`], { netns: `qrouter-${router}` })).stdout;

  beforeAll(async () => {
    cloud = stack.use(await openRouterCloud({ outside: ['203.0.113.1/24'] }, ['linuxbridge', 'l3', 'metadata']));
    const nova = spawn('setpriv', ['--pdeathsig', 'KILL', ...cloud.host.enter, process.execPath, '-e', NOVA], { stdio: 'ignore' });
    stack.defer(() => void nova.kill('SIGKILL'));
  }, 300_000);
  afterAll(() => stack.disposeAsync());

  test('two networks reach one another, the world, and metadata; a floating IP is reached, also while the agent is killed; all is gone in the end', async () => {
    const { make, get, request, host, agents, reaches } = cloud;
    const outside = await make('network', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'outside' });
    await make('subnet', { network_id: outside['id'], cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false });
    const [red, blue] = [await make('network', { name: 'red' }), await make('network', { name: 'blue' })];
    const subnets = [await make('subnet', { network_id: red['id'], cidr: '10.1.0.0/24', ip_version: 4 }), await make('subnet', { network_id: blue['id'], cidr: '10.2.0.0/24', ip_version: 4 })];
    const router = await make('router', { name: 'r', external_gateway_info: { network_id: outside['id'] as string } });
    const path = `routers/${String(router['id'])}`;
    for (const { id } of subnets) await request('PUT', `${path}/add_router_interface`, { subnet_id: id as string });
    const one = await cloud.instance(red, 'one', { gateway: '10.1.0.1' });
    const two = await cloud.instance(blue, 'two', { gateway: '10.2.0.1' });
    const [group] = (await request('GET', 'security-groups?name=default'))['security_groups'] as readonly JsonObject[];
    await make('security_group_rule', { security_group_id: group?.['id'], direction: 'ingress', protocol: 'icmp', ethertype: 'IPv4' });

    await reaches(one.name, two.address);
    await reaches(two.name, '203.0.113.1');
    const ports = async (): Promise<readonly unknown[]> => ((await request('GET', `ports?device_id=${String(router['id'])}`))['ports'] as readonly JsonObject[]).map(({ status }) => status);
    await expect.poll(ports, { timeout: 60_000 }).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
    await expect.poll(async () => (await host.run(['curl', '-s', '--max-time', '2', 'http://169.254.169.254/'], { netns: one.name, accept: [7, 28, 52] })).stdout, { timeout: 60_000 }).toBe('instance-one');

    const floating = await make('floatingip', { floating_network_id: outside['id'], port_id: one.port['id'] });
    const address = String(floating['floating_ip_address']);
    await reaches('outside', address);
    await expect.poll(async () => (await get('floatingip', String(floating['id'])))['status'], { timeout: 60_000 }).toBe('ACTIVE');
    const before = await kernel(String(router['id']));
    const watched = host.run(['ping', '-i', '0.1', '-c', '60', '-W', '30', address], { netns: 'outside', accept: [1] });
    await agents.get('l3')?.kill();
    await cloud.start('l3').says('what this host should be is in place');
    expect((await watched).stdout).toContain('60 packets transmitted, 60 received');
    expect(await kernel(String(router['id']))).toBe(before);

    await request('PUT', `floatingips/${String(floating['id'])}`, { floatingip: { port_id: two.port['id'] as string } });
    await expect.poll(async () => (await host.run(['ip', 'netns', 'exec', `qrouter-${String(router['id'])}`, 'iptables-save', '-t', 'nat'])).stdout, { timeout: 60_000 }).toContain(`--to-destination ${two.address}`);
    await reaches('outside', address);
    const [agent] = (await request('GET', 'agents?agent_type=L3%20agent'))['agents'] as readonly JsonObject[];
    expect(agent).toMatchObject({ binary: 'neutron-l3-agent', alive: true, host: 'host-1' });

    await request('DELETE', `floatingips/${String(floating['id'])}`);
    for (const { id } of subnets) await request('PUT', `${path}/remove_router_interface`, { subnet_id: id as string });
    await request('DELETE', path);
    await expect.poll(async () => (await host.run(['ip', 'netns', 'list'])).stdout, { timeout: 60_000 }).not.toContain('qrouter-');
  }, 300_000);
});
