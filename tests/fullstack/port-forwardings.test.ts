import type { JsonObject } from '@neutrino/lib/json';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, requires } from '../support/capabilities.ts';
import { openRouterCloud, routerCloudHere, type RouterCloud } from './router-cloud.ts';

const soon = { timeout: 60_000 };

describe('ports of floating IPs, from the request to the packet', requires(...routerCloudHere, command('socat')), () => {
  const stack = new AsyncDisposableStack();
  let cloud: RouterCloud;

  beforeAll(async () => {
    cloud = stack.use(await openRouterCloud({ outside: ['203.0.113.1/24'] }, ['linuxbridge', 'l3']));
  }, 300_000);
  afterAll(() => stack.disposeAsync());

  test('lead to machines inside, one by one and by range; move with a connection cut; go with what they lead to; helpers are in the kernel', async () => {
    const { make, get, request, host, on } = cloud;
    const outside = await make('network', { name: 'outside', 'router:external': true, 'provider:network_type': 'flat', 'provider:physical_network': 'outside' });
    await make('subnet', { network_id: outside['id'], cidr: '203.0.113.0/24', ip_version: 4, enable_dhcp: false });
    const red = await make('network', { name: 'red', port_security_enabled: false });
    const subnet = await make('subnet', { network_id: red['id'], cidr: '10.1.0.0/24', ip_version: 4 });
    const router = await make('router', { name: 'r', external_gateway_info: { network_id: outside['id'] as string } });
    await cloud.addInterface(router, subnet);
    const one = await cloud.instance(red, 'one', { gateway: '10.1.0.1' });
    const two = await cloud.instance(red, 'two', { gateway: '10.1.0.1' });
    for (const { name } of [one, two]) {
      await host.run(['sh', '-c', `for port in 80 9000 9001; do socat TCP-LISTEN:$port,fork,reuseaddr SYSTEM:'echo ${name}-$SOCAT_SOCKPORT; cat' >/dev/null 2>&1 & done`], { netns: name });
    }
    const floating = await make('floatingip', { floating_network_id: outside['id'] });
    const address = String(floating['floating_ip_address']);
    const all = `floatingips/${String(floating['id'])}/port_forwardings`;
    const forward = async (body: JsonObject): Promise<string> => String(((await request('POST', all, { port_forwarding: { protocol: 'tcp', internal_port_id: one.port['id'], internal_ip_address: one.address, ...body } }))['port_forwarding'] as JsonObject)['id']);
    // Who is there says something and hangs up when the client does. A connection that is to be there may take its time where the machine is busy.
    const says = async (port: number, seconds = 1): Promise<string> => (await on('outside', 'socat', '-t', '30', '-', `TCP:${address}:${port},connect-timeout=${seconds}`)).trim();
    const statusOf = async (): Promise<unknown> => (await get('floatingip', floating['id']))['status'];

    const web = await forward({ external_port: 8080, internal_port: 80 });
    await expect.poll(() => says(8080), soon).toBe('one-80');
    await expect.poll(statusOf, soon).toBe('ACTIVE');
    await forward({ external_port_range: '7000:7001', internal_port_range: '9000:9001' });
    await expect.poll(() => says(7001), soon).toBe('one-9001');
    expect(await says(7000, 30)).toBe('one-9000');
    expect(await says(7002)).toBe('');

    await request('PUT', `${all}/${web}`, { port_forwarding: { internal_port_id: two.port['id'] as string, internal_ip_address: two.address } });
    await expect.poll(() => says(8080), soon).toBe('two-80');
    expect(await says(7000, 30)).toBe('one-9000');
    await request('DELETE', `${all}/${web}`);
    await expect.poll(() => says(8080), soon).toBe('');
    await request('POST', `routers/${String(router['id'])}/conntrack_helpers`, { conntrack_helper: { protocol: 'tcp', port: 21, helper: 'ftp' } });
    await expect.poll(() => on(`qrouter-${String(router['id'])}`, 'iptables-save', '-t', 'raw'), soon).toContain('--dport 21 -j CT --helper ftp');
    await request('DELETE', `ports/${String(one.port['id'])}`);
    await expect.poll(statusOf, soon).toBe('DOWN');
    expect(await get('floatingip', floating['id'])).toMatchObject({ router_id: null, port_forwardings: [] });
    expect(await cloud.pings('outside', address)).toBe(false);
  }, 300_000);
});
