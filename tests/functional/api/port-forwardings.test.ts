import type { JsonObject } from '@neutrino/lib/json';
import { describe, expect, it } from 'vitest';
import { admin, alice, bob, carol } from '../../support/callers.ts';
import type { Caller } from '../../support/network-server.ts';
import { routedNetwork, type RoutedNetwork } from '../../support/routed-network.ts';
import { serverForEachTest } from '../../support/server-for-each-test.ts';
import { shortCalls } from '../../support/short-calls.ts';

const server = serverForEachTest('service_plugins = router,port_forwarding\n');
const calls = shortCalls(server);
const { status, outcome, object, list, create } = calls;

/** With a port inside, and a floating IP. */
async function scene(): Promise<RoutedNetwork & { readonly port: string; readonly floating: string }> {
  const routed = await routedNetwork(calls);
  const port = await create(alice, 'port', { network_id: routed.network, fixed_ips: [{ ip_address: '10.0.0.5' }] });
  return { ...routed, port, floating: await create(alice, 'floatingip', { floating_network_id: routed.external }) };
}
const all = (floating: string): string => `/v2.0/floatingips/${floating}/port_forwardings`;
const web = (port: string, more: JsonObject = {}): JsonObject => ({ protocol: 'tcp', external_port: 80, internal_port: 8080, internal_ip_address: '10.0.0.5', internal_port_id: port, ...more });
const forward = async (who: Caller, floating: string, body: JsonObject): Promise<string> => String((await object(who, 'POST', all(floating), { port_forwarding: body }))['id']);
const forwarding = (who: Caller, floating: string, body: JsonObject): Promise<string> => outcome(who, 'POST', all(floating), { port_forwarding: body });
const message = async (method: string, path: string, body: JsonObject): Promise<string> => {
  const { body: answer } = await server().request(alice, method, path, body);
  return String((answer['NeutronError'] as JsonObject | undefined)?.['message'] ?? '');
};
const shown = (floating: string): Promise<JsonObject> => object(alice, 'GET', `/v2.0/floatingips/${floating}`);

describe('a port forwarding', () => {
  it('is made, shown, changed and deleted; its floating IP is the router\'s from the first to the last', async () => {
    const { floating, port, router } = await scene();
    expect(await shown(floating)).toMatchObject({ port_forwardings: [], router_id: null });
    const id = await forward(alice, floating, web(port, { description: 'www' }));
    const whole = {
      id, protocol: 'tcp', external_port: 80, external_port_range: '80:80', internal_port: 8080, internal_port_range: '8080:8080', internal_ip_address: '10.0.0.5', internal_port_id: port, description: 'www',
    };
    expect(await object(alice, 'GET', `${all(floating)}/${id}`)).toEqual(whole);
    expect(await list(alice, all(floating))).toEqual([whole]);
    expect(await shown(floating)).toMatchObject({
      router_id: router, port_id: null, fixed_ip_address: null, port_details: null, revision_number: 2,
      port_forwardings: [{ id, protocol: 'tcp', external_port: 80, internal_port: 8080, internal_ip_address: '10.0.0.5', internal_port_id: port }],
    });
    const second = await forward(alice, floating, web(port, { external_port: 53, internal_port: 53, protocol: 'udp' }));
    expect(await object(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { external_port: 81, description: 'web' } })).toEqual({ ...whole, external_port: 81, external_port_range: '81:81', description: 'web' });
    expect(await status(alice, 'DELETE', `${all(floating)}/${id}`)).toBe(204);
    expect(await shown(floating)).toMatchObject({ router_id: router });
    expect(await status(alice, 'DELETE', `${all(floating)}/${second}`)).toBe(204);
    expect(await shown(floating)).toMatchObject({ router_id: null, port_forwardings: [] });
    expect(await outcome(alice, 'GET', `${all(floating)}/${id}`)).toBe('404 PortForwardingNotFound');
    expect(await status(alice, 'DELETE', `/v2.0/floatingips/${floating}`)).toBe(204);
    expect(await outcome(alice, 'GET', all(floating))).toBe('404 FloatingIPNotFound');
  });

  it('is one of several that are made together, or none of them is', async () => {
    const { floating, port } = await scene();
    const both = (second: number): JsonObject => ({ port_forwardings: [web(port), web(port, { external_port: second, internal_port: 8081 })] });
    expect(await outcome(alice, 'POST', all(floating), both(80))).toBe('400 BadRequest');
    expect(await list(alice, all(floating))).toEqual([]);
    expect(await shown(floating)).toMatchObject({ router_id: null });
    expect(await object(alice, 'POST', all(floating), both(81))).toMatchObject([{ external_port: 80 }, { external_port: 81 }]);
  });

  it('may be of several ports, each leading to its own or all to one', async () => {
    const { floating, port } = await scene();
    const { external_port: _external, internal_port: _internal, ...rest } = web(port);
    const id = await forward(alice, floating, { ...rest, external_port_range: '8000:8010', internal_port_range: '9000:9010' });
    expect(await object(alice, 'GET', `${all(floating)}/${id}`)).toMatchObject({ external_port: null, external_port_range: '8000:8010', internal_port: null, internal_port_range: '9000:9010' });
    await forward(alice, floating, { ...rest, external_port_range: '8020:8030', internal_port_range: '7000' });
    // A floating IP shows no ranges.
    expect(((await shown(floating))['port_forwardings'] as JsonObject[]).flatMap((each) => [each['external_port'] ?? 'none', each['internal_port'] ?? 'none']).toSorted()).toEqual([7000, 'none', 'none', 'none']);
    const make = (body: JsonObject): Promise<string> => message('POST', all(floating), { port_forwarding: { ...rest, ...body } });
    expect(await make({ external_port_range: '100:110', internal_port_range: '100:105' })).toContain('The relation between internal and external ports must be N-N or 1-N');
    expect(await make({ external_port: 100, internal_port_range: '100:105' })).toContain('must be N-N or 1-N');
    expect(await make({ external_port_range: '8010:8015', internal_port_range: '100' })).toContain('There is a port collision with the external_port_range. The following ranges collides: 8000:8010 and 8010:8015');
    expect(await make({ external_port: 200, internal_port: 9005 })).toContain('There is a port collision with the internal_port_range. The following ranges collides: 9000:9010 and 9005:9005');
    expect(await make({ external_port_range: '20:10', internal_port: 1 })).toContain('First port in a port range must be lower than the second port');
    expect(await make({ external_port_range: '20:70000', internal_port: 1 })).toContain('Invalid port: 70000');
    expect(await make({ external_port: 20, external_port_range: '30:30', internal_port: 1 })).toContain('external_port 20 is not external_port_range 30:30');
    expect(await make({ external_port: 20 })).toContain('internal_port');
    expect(await make({ internal_port: 20 })).toContain('external_port');
    expect(await outcome(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { external_port_range: '8000:8025', internal_port_range: '9000:9025' } })).toBe('400 BadRequest');
    expect(await object(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { external_port: 22, internal_port: 2222, external_port_range: null } })).toMatchObject({ external_port_range: '22:22', internal_port_range: '2222:2222' });
  });

  it('is refused what it cannot be', async () => {
    const { floating, port, network } = await scene();
    expect(await forwarding(alice, floating, web(port, { external_port: 0 }))).toBe('400 HTTPBadRequest');
    expect(await forwarding(alice, floating, web(port, { protocol: 'carrier-pigeon' }))).toBe('400 InvalidInput');
    expect(await forwarding(alice, floating, web(port, { protocol: 17 }))).toBe('400 HTTPBadRequest');
    expect(await forwarding(alice, floating, web(port, { internal_ip_address: '10.0.0.6' }))).toBe('400 BadRequest');
    expect(await forwarding(alice, floating, web(crypto.randomUUID()))).toBe('404 PortNotFound');
    expect(await forwarding(alice, crypto.randomUUID(), web(port))).toBe('404 FloatingIPNotFound');
    const apart = await create(alice, 'network', {});
    await create(alice, 'subnet', { network_id: apart, cidr: '10.9.0.0/24', ip_version: 4 });
    const unreachable = await create(alice, 'port', { network_id: apart, fixed_ips: [{ ip_address: '10.9.0.5' }] });
    expect(await message('POST', all(floating), { port_forwarding: web(unreachable, { internal_ip_address: '10.9.0.5' }) })).toContain('is not reachable from subnet');
    const id = await forward(alice, floating, web(port));
    const other = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.6' }] });
    const second = await forward(alice, floating, web(other, { external_port: 81, internal_ip_address: '10.0.0.6' }));
    const change = (body: JsonObject): Promise<string> => message('PUT', `${all(floating)}/${second}`, { port_forwarding: body });
    expect(await change({ external_port: 80 })).toContain(`Another port forwarding entry with the same attributes already exists, conflicting values are {'floating_ip_address': '${String((await shown(floating))['floating_ip_address'])}', 'external_port': 80}`);
    expect(await change({ internal_port_id: port, internal_ip_address: '10.0.0.5' })).toContain(`conflicting values are {'internal_port_id': '${port}', 'internal_ip_address': '10.0.0.5', 'internal_port': 8080}`);
    expect(await change({ internal_ip_address: '10.0.0.99' })).toContain('The internal IP does not correspond to an address on the internal port');
    expect(await outcome(alice, 'PUT', `${all(floating)}/${crypto.randomUUID()}`, { port_forwarding: { external_port: 80 } })).toBe('404 PortForwardingNotFound');
    expect(await outcome(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { id } })).toBe('400 HTTPBadRequest');
    // An address of the port's own comes with it.
    expect(await object(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { internal_port_id: other, internal_port: 9090 } })).toMatchObject({ internal_ip_address: '10.0.0.6' });
  });

  it('and a floating IP that leads to a port altogether keep out of each other\'s way', async () => {
    const { external, floating, port, network } = await scene();
    const bound = await create(alice, 'floatingip', { floating_network_id: external, port_id: port });
    const other = await create(alice, 'port', { network_id: network, fixed_ips: [{ ip_address: '10.0.0.6' }] });
    const elsewhere = web(other, { internal_ip_address: '10.0.0.6' });
    expect(await forwarding(alice, floating, web(port))).toBe('409 PortHasBindingFloatingIP');
    expect(await forwarding(alice, bound, elsewhere)).toBe('409 FloatingIPPortAlreadyAssociated');
    const id = await forward(alice, floating, elsewhere);
    expect(await outcome(alice, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { internal_port_id: port } })).toBe('409 PortHasBindingFloatingIP');
    expect(await outcome(alice, 'PUT', `/v2.0/floatingips/${floating}`, { floatingip: { port_id: other } })).toBe('409 FipInUseByPortForwarding');
    expect(await outcome(alice, 'DELETE', `/v2.0/floatingips/${floating}`)).toBe('409 FipInUseByPortForwarding');
    expect(await object(alice, 'PUT', `/v2.0/floatingips/${floating}`, { floatingip: { port_id: null, description: 'many' } })).toMatchObject({ description: 'many', router_id: expect.any(String) as unknown, port_forwardings: [{ id }] });
  });

  it('holds router, interface and gateway, and goes with the address that it leads to', async () => {
    const { external, floating, port, router, subnet } = await scene();
    await forward(alice, floating, web(port));
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}/remove_router_interface`, { subnet_id: subnet })).toBe('409 RouterInterfaceInUseByFloatingIP');
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}`, { router: { external_gateway_info: null } })).toBe('409 RouterExternalGatewayInUseByFloatingIp');
    await object(alice, 'PUT', `/v2.0/ports/${port}`, { port: { fixed_ips: [{ ip_address: '10.0.0.5' }, { ip_address: '10.0.0.7' }] } });
    const kept = await forward(alice, floating, web(port, { external_port: 81, internal_ip_address: '10.0.0.7' }));
    await object(alice, 'PUT', `/v2.0/ports/${port}`, { port: { fixed_ips: [{ ip_address: '10.0.0.7' }] } });
    expect(await list(alice, all(floating))).toMatchObject([{ id: kept }]);
    expect(await shown(floating)).toMatchObject({ router_id: router });
    const second = await create(alice, 'floatingip', { floating_network_id: external });
    await forward(alice, second, web(port, { internal_ip_address: '10.0.0.7', internal_port: 22 }));
    expect(await status(alice, 'DELETE', `/v2.0/ports/${port}`)).toBe(204);
    expect(await list(alice, all(floating))).toEqual([]);
    expect(await shown(floating)).toMatchObject({ router_id: null });
    expect(await shown(second)).toMatchObject({ router_id: null });
    expect(await outcome(alice, 'PUT', `/v2.0/routers/${router}/remove_router_interface`, { subnet_id: subnet })).toBe('200');
  });

  it('is nothing to other projects, and leads to no port of theirs', async () => {
    const { floating, port, external } = await scene();
    const id = await forward(alice, floating, web(port));
    expect(await outcome(bob, 'GET', all(floating))).toBe('404 FloatingIPNotFound');
    expect(await outcome(bob, 'GET', `${all(floating)}/${id}`)).toBe('404 FloatingIPNotFound');
    expect(await forwarding(bob, floating, web(port, { external_port: 90, internal_port: 90 }))).toBe('404 FloatingIPNotFound');
    expect(await outcome(bob, 'PUT', `${all(floating)}/${id}`, { port_forwarding: { external_port: 90 } })).toBe('404 FloatingIPNotFound');
    expect(await outcome(bob, 'DELETE', `${all(floating)}/${id}`)).toBe('404 FloatingIPNotFound');
    expect(await forwarding(bob, await create(bob, 'floatingip', { floating_network_id: external }), web(port, { internal_port: 99 }))).toBe('404 PortNotFound');
    expect(await forwarding({ ...alice, roles: 'reader' }, floating, web(port, { external_port: 90, internal_port: 90 }))).toBe('201');
    expect(await list(admin, all(floating))).toHaveLength(2);
    expect(await status(admin, 'DELETE', `${all(floating)}/${id}`)).toBe(204);
    expect(await outcome(carol, 'GET', all(floating))).toBe('404 FloatingIPNotFound');
  });

  it('is found by what it is, in order, and page by page', async () => {
    const { floating, port } = await scene();
    const ids: string[] = [];
    for (const number of [30, 10, 20]) ids.push(await forward(alice, floating, web(port, { external_port: number, internal_port: number, description: `d${number}` })));
    await forward(alice, floating, { ...web(port, { external_port: null, internal_port: null }), external_port_range: '100:110', internal_port_range: '100:110' });
    const found = async (query: string): Promise<unknown[]> => (await list(alice, `${all(floating)}?${query}`)).map((each) => each['external_port_range']);
    expect(await found('sort_key=external_port&sort_dir=desc')).toEqual(['100:110', '30:30', '20:20', '10:10']);
    expect(await found('external_port=10')).toEqual(['10:10']);
    expect(await found('external_port_range=100:110')).toEqual(['100:110']);
    expect(await found('external_port_range=100:111')).toEqual([]);
    expect(await found('description=d20&protocol=tcp')).toEqual(['20:20']);
    expect(await found('protocol=udp')).toEqual([]);
    expect(await list(alice, `${all(floating)}?fields=external_port&external_port=10`)).toEqual([{ external_port: 10 }]);
    expect(await found(`sort_key=external_port&sort_dir=asc&limit=1&marker=${String(ids[1])}`)).toEqual(['20:20']);
    expect(await outcome(alice, 'GET', `${all(floating)}?internal_port=10`)).toBe('400 HTTPBadRequest');
  });

  it('is made once, however many ask at once', async () => {
    const { floating, port, external } = await scene();
    const other = await create(alice, 'floatingip', { floating_network_id: external });
    const outcomes = await Promise.all([floating, floating, other, other].map((each) => forwarding(alice, each, web(port))));
    expect(outcomes.toSorted()).toEqual(['201', '400 BadRequest', '400 BadRequest', '400 BadRequest']);
    const forwarded = (await list(alice, all(floating))).length === 1 ? floating : other;
    const [only] = await list(alice, all(forwarded));
    const deletions = await Promise.all(Array.from({ length: 3 }, () => outcome(alice, 'DELETE', `${all(forwarded)}/${String(only?.['id'])}`)));
    expect(deletions.toSorted()).toEqual(['204', '404 PortForwardingNotFound', '404 PortForwardingNotFound']);
    expect(await shown(forwarded)).toMatchObject({ router_id: null });
  });
});
