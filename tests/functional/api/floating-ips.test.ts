import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob } from '../../support/callers.ts';
import { networkServer, type Caller } from '../../support/network-server.ts';
import { routedNetwork, type RoutedNetwork } from '../../support/routed-network.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router\n');

const calls = shortCalls(server);
const { status, outcome, object, list, create } = calls;

/** With a port inside. */
async function scene(): Promise<RoutedNetwork & { readonly port: string }> {
  const routed = await routedNetwork(calls);
  return { ...routed, port: await create(alice, 'port', { network_id: routed.network, name: 'vm', fixed_ips: [{ ip_address: '10.0.0.5' }] }) };
}
const floating = (who: Caller, external: string, more: JsonObject = {}): Promise<string> => create(who, 'floatingip', { floating_network_id: external, ...more });
const making = (who: Caller, body: JsonObject): Promise<string> => outcome(who, 'POST', '/v2.0/floatingips', { floatingip: body });
const show = (who: Caller, id: string): Promise<JsonObject> => object(who, 'GET', `/v2.0/floatingips/${id}`);
const update = (who: Caller, id: string, changes: JsonObject): Promise<JsonObject> => object(who, 'PUT', `/v2.0/floatingips/${id}`, { floatingip: changes });
const updating = (who: Caller, id: string, changes: JsonObject): Promise<string> => outcome(who, 'PUT', `/v2.0/floatingips/${id}`, { floatingip: changes });

describe('a floating IP', () => {
  it('is made, leads to a port, leads nowhere and is deleted', async () => {
    const { external, network, router, port } = await scene();
    const id = await floating(alice, external, { description: 'www' });
    expect(await show(alice, id)).toEqual({
      id, project_id: 'alice', tenant_id: 'alice', floating_network_id: external, floating_ip_address: expect.stringMatching(/^203\.0\.113\./) as unknown, description: 'www',
      router_id: null, port_id: null, fixed_ip_address: null, port_details: null, status: 'DOWN', tags: [], revision_number: 1,
      created_at: expect.any(String) as unknown, updated_at: expect.any(String) as unknown,
    });
    expect(await list(admin, `/v2.0/ports?device_id=${id}`)).toMatchObject([{ device_owner: 'network:floatingip', status: 'N/A', project_id: '', network_id: external }]);
    expect(await update(alice, id, { port_id: port })).toMatchObject({
      port_id: port, fixed_ip_address: '10.0.0.5', router_id: router, description: 'www', port_details: { name: 'vm', network_id: network, status: 'DOWN', device_owner: '', device_id: '', admin_state_up: true },
    });
    expect(await update(alice, id, { description: 'web' })).toMatchObject({ port_id: port, description: 'web' });
    expect(await list(alice, `/v2.0/floatingips?port_id=${port}&fixed_ip_address=10.0.0.5&router_id=${router}&fields=id`)).toEqual([{ id }]);
    // An update that says nothing is one that says no port, as in Neutron.
    expect(await update(alice, id, {})).toMatchObject({ port_id: null, description: 'web' });
    await update(alice, id, { port_id: port });
    expect(await update(alice, id, { port_id: null })).toMatchObject({ port_id: null, fixed_ip_address: null, router_id: null, port_details: null });
    expect(await status(alice, 'DELETE', `/v2.0/floatingips/${id}`)).toBe(204);
    expect(await outcome(alice, 'GET', `/v2.0/floatingips/${id}`)).toBe('404 FloatingIPNotFound');
    expect(await list(admin, `/v2.0/ports?device_id=${id}`)).toEqual([]);
  });

  it('holds router, interface and gateway while it leads inside', async () => {
    const { external, subnet, router, port } = await scene();
    const id = await floating(alice, external, { port_id: port });
    const address = (await list(admin, `/v2.0/ports?device_id=${id}`))[0]?.['id'];
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}/remove_router_interface`, { subnet_id: subnet })).toBe('409 RouterInterfaceInUseByFloatingIP');
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}`, { router: { external_gateway_info: null } })).toBe('409 RouterExternalGatewayInUseByFloatingIp');
    expect(await outcome(admin, 'DELETE', `/v2.0/ports/${String(address)}`)).toBe('409 ServicePortInUse');
    expect(await outcome(admin, 'DELETE', `/v2.0/networks/${external}`)).toBe('409 NetworkInUse');
  });

  it('goes with its network, unless it leads inside', async () => {
    const { external, port, router } = await scene();
    const idle = await floating(alice, external);
    const busy = await floating(alice, external, { port_id: port });
    expect(await outcome(admin, 'DELETE', `/v2.0/networks/${external}`)).toBe('409 NetworkInUse');
    expect((await list(alice, '/v2.0/floatingips')).map(({ id }) => id).toSorted()).toEqual([idle, busy].toSorted());
    await update(alice, busy, { port_id: null });
    await object(alice, 'PUT', `/v2.0/routers/${router}`, { router: { external_gateway_info: null } });
    expect(await status(admin, 'DELETE', `/v2.0/networks/${external}`)).toBe(204);
    expect(await list(alice, '/v2.0/floatingips')).toEqual([]);
  });

  it('is let go of by its port when that is deleted', async () => {
    const { external, port } = await scene();
    const id = await floating(alice, external, { port_id: port });
    expect(await status(alice, 'DELETE', `/v2.0/ports/${port}`)).toBe(204);
    expect(await show(alice, id)).toMatchObject({ port_id: null, fixed_ip_address: null, router_id: null, revision_number: 2 });
  });

  it('is the only one that leads from its network to an address', async () => {
    const { external, port } = await scene();
    await floating(alice, external, { port_id: port });
    expect(await making(alice, { floating_network_id: external, port_id: port })).toBe('409 FloatingIPPortAlreadyAssociated');
    const second = await floating(alice, external);
    expect(await updating(alice, second, { port_id: port })).toBe('409 FloatingIPPortAlreadyAssociated');
    const outcomes = await Promise.all(Array.from({ length: 4 }, () => updating(alice, second, { port_id: port })));
    expect(outcomes.every((each) => each === '409 FloatingIPPortAlreadyAssociated')).toBe(true);
  });

  it('asks which of several addresses is meant', async () => {
    const { external, network } = await scene();
    const port = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.20' }, { ip_address: '10.0.0.21' }] });
    const id = await floating(alice, external);
    expect(await updating(alice, id, { port_id: port })).toBe('400 BadRequest');
    expect(await updating(alice, id, { fixed_ip_address: '10.0.0.21' })).toBe('400 BadRequest');
    expect(await update(alice, id, { port_id: port, fixed_ip_address: '10.0.0.21' })).toMatchObject({ fixed_ip_address: '10.0.0.21' });
    expect(await update(alice, id, { fixed_ip_address: '10.0.0.20' })).toMatchObject({ port_id: port, fixed_ip_address: '10.0.0.20' });
    expect(await updating(alice, id, { port_id: port, fixed_ip_address: '10.0.0.99' })).toBe('400 BadRequest');
  });

  it('is refused where no router leads to the port, the network is inside, or the address is somebody\'s', async () => {
    const { external, network } = await scene();
    const apart = await create(alice, 'network', {});
    await create(alice, 'subnet', { network_id: apart, cidr: '10.7.0.0/24', ip_version: 4 });
    expect(await making(alice, { floating_network_id: external, port_id: await create(alice, 'port', { network_id: apart }) })).toBe('404 ExternalGatewayForFloatingIPNotFound');
    expect(await making(alice, { floating_network_id: network })).toBe('400 BadRequest');
    expect(await making(alice, { floating_network_id: crypto.randomUUID() })).toBe('404 NetworkNotFound');
    expect(await making(alice, { floating_network_id: external, floating_ip_address: '203.0.113.50' })).toBe('403 PolicyNotAuthorized');
    expect(await making(admin, { floating_network_id: external, floating_ip_address: '203.0.113.50' })).toBe('201');
    expect(await making(admin, { floating_network_id: external, floating_ip_address: '203.0.113.50' })).toBe('409 IpAddressAlreadyAllocated');
  });

  it('is nothing to other projects, and leads to no port of theirs', async () => {
    const { external, port } = await scene();
    const id = await floating(alice, external);
    expect(await list(bob, '/v2.0/floatingips')).toEqual([]);
    expect(await outcome(bob, 'GET', `/v2.0/floatingips/${id}`)).toBe('404 FloatingIPNotFound');
    expect(await updating(bob, id, { port_id: null })).toBe('404 FloatingIPNotFound');
    expect(await outcome(bob, 'DELETE', `/v2.0/floatingips/${id}`)).toBe('404 FloatingIPNotFound');
    expect(await updating(bob, await floating(bob, external), { port_id: port })).toBe('404 PortNotFound');
    const network = await create(bob, 'network', { });
    await create(bob, 'subnet', { network_id: network, cidr: '10.8.0.0/24', ip_version: 4 });
    expect(await making(alice, { floating_network_id: external, port_id: await create(bob, 'port', { network_id: network }) })).toBe('404 PortNotFound');
  });

  it('may be given a name, which is for a DNS service outside, and kept by nobody where there is none', async () => {
    await using named = await networkServer('service_plugins = router\n[ml2]\nextension_drivers = dns\n');
    const network = await named.create(admin, '/v2.0/networks', { network: { 'router:external': true } });
    await named.create(admin, '/v2.0/subnets', { subnet: { network_id: network['id'], cidr: '203.0.113.0/24', ip_version: 4 } });
    const floatingIp = (more: JsonObject): JsonObject => ({ floatingip: { floating_network_id: network['id'], ...more } });
    expect(await named.create(alice, '/v2.0/floatingips', floatingIp({ dns_name: 'www', dns_domain: 'example.org.' }))).toMatchObject({ dns_name: '', dns_domain: '' });
    for (const more of [{ dns_name: 'www.' }, { dns_name: '-www' }, { dns_name: 'x'.repeat(253) }, { dns_domain: 'example.org' }]) {
      expect((await named.request(alice, 'POST', '/v2.0/floatingips', floatingIp(more))).status).toBe(400);
    }
  });

  it('is limited by quota', async () => {
    const { external } = await scene();
    await object(admin, 'PUT', '/v2.0/quotas/alice', { quota: { floatingip: 1 } });
    await floating(alice, external);
    expect(await making(alice, { floating_network_id: external })).toBe('409 OverQuota');
    expect(await list(admin, `/v2.0/ports?network_id=${external}&device_owner=network:floatingip`)).toHaveLength(1);
  });

  it('comes from pools, which are the subnets outside', async () => {
    const { external } = await scene();
    expect(await list(alice, '/v2.0/floatingip-pools')).toEqual([{ subnet_id: expect.any(String) as unknown, subnet_name: 'outside', network_id: external, cidr: '203.0.113.0/24', project_id: 'alice', tenant_id: 'alice' }]);
  });
});
