import type { JsonObject } from '@neutrino/lib/json';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { computeService, type ComputeService } from '../../support/compute-service.ts';
import { networkServer, type NetworkServer } from '../../support/network-server.ts';
import { freePort } from '../../support/free-port.ts';
import { serverProgram } from '../operations/server-program.ts';

const admin = { project: 'p1' };
const instance = '7b1c7c4e-0c1e-4d7a-9d6a-0a3f0b4c5d6e';
const settings = ({ url }: ComputeService, more = ''): string =>
  `${more}[ml2]\nextension_drivers = port_security\nmechanism_drivers = linuxbridge\ntenant_network_types = vxlan\n[ml2_type_vxlan]\nvni_ranges = 1:100\n[nova]\nauth_type = admin_token\ntoken = t0ken\nendpoint = ${url}/\n`;

let nova: ComputeService;
let server: NetworkServer;
beforeEach(async () => {
  nova = await computeService();
  server = await networkServer(settings(nova));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await nova[Symbol.asyncDispose]();
});

const instancePort = async (): Promise<string> => {
  const network = await server.create(admin, '/v2.0/networks', { network: { name: 'n' } });
  await server.create(admin, '/v2.0/subnets', { subnet: { network_id: network['id'] ?? '', ip_version: 4, cidr: '192.0.2.0/24' } });
  return String((await server.create(admin, '/v2.0/ports', { port: { network_id: network['id'] ?? '', device_id: instance, device_owner: 'compute:nova' } }))['id']);
};
const change = async (id: string, port: JsonObject): Promise<number> => (await server.request(admin, 'PUT', `/v2.0/ports/${id}`, { port })).status;

describe('what the API changes of an instance', () => {
  test('is told to Nova as Neutron tells it', async () => {
    const id = await instancePort();
    expect(nova.requests).toEqual([]);
    expect(await change(id, { name: 'web' })).toBe(200);
    await expect.poll(() => nova.told).toEqual([`network-changed ${id}`]);
    expect(nova.requests[0]).toMatchObject({
      headers: { 'content-type': 'application/json', 'x-auth-token': 't0ken', 'x-openstack-nova-api-version': '2.1', 'x-openstack-request-id': expect.stringMatching(/^req-[0-9a-f-]{36}$/) },
      events: [{ name: 'network-changed', server_uuid: instance, tag: id }],
    });
    expect((await server.request(admin, 'DELETE', `/v2.0/ports/${id}`)).status).toBe(204);
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${id}`, `network-vif-deleted ${id}`]);
  });

  test('is not told where it is no longer the instance\'s, or never was', async () => {
    const id = await instancePort();
    expect(await change(id, { device_id: '', device_owner: '', 'binding:host_id': null })).toBe(200);
    expect(await change(id, { device_id: 'router-1', device_owner: 'network:other' })).toBe(200);
    expect((await server.request(admin, 'DELETE', `/v2.0/ports/${id}`)).status).toBe(204);
    await server[Symbol.asyncDispose]();
    expect(nova.requests).toEqual([]);
  });

  test('is told of each port whose addresses a subnet gives or takes', async () => {
    const network = await server.create(admin, '/v2.0/networks', { network: { name: 'n' } });
    const slaac = { network_id: network['id'] ?? '', ip_version: 6, ipv6_address_mode: 'slaac', ipv6_ra_mode: 'slaac' };
    await server.create(admin, '/v2.0/subnets', { subnet: { ...slaac, cidr: '2001:db8:1::/64' } });
    const { id } = await server.create(admin, '/v2.0/ports', { port: { network_id: network['id'] ?? '', device_id: instance, device_owner: 'compute:nova' } });
    await server.create(admin, '/v2.0/subnets', { subnet: { ...slaac, cidr: '2001:db8:2::/64' } });
    await expect.poll(() => nova.told).toEqual([`network-changed ${String(id)}`]);
  });

  test('is told of the floating IPs that lead to it, but not once its port is gone', async () => {
    await using routed = await networkServer(settings(nova, 'service_plugins = router\n'));
    const make = async (resource: string, body: JsonObject): Promise<string> => String((await routed.create(admin, `/v2.0/${resource}s`, { [resource]: body }))['id']);
    const outside = await make('network', { 'router:external': true });
    await make('subnet', { network_id: outside, ip_version: 4, cidr: '203.0.113.0/24' });
    const inside = await make('network', {});
    const subnet = await make('subnet', { network_id: inside, ip_version: 4, cidr: '192.0.2.0/24' });
    const router = await make('router', { external_gateway_info: { network_id: outside } });
    await routed.request(admin, 'PUT', `/v2.0/routers/${router}/add_router_interface`, { subnet_id: subnet });
    const [a, b] = [await make('port', { network_id: inside, device_id: instance, device_owner: 'compute:nova' }), await make('port', { network_id: inside, device_id: instance, device_owner: 'compute:nova' })];
    const floatingIp = await make('floatingip', { floating_network_id: outside, port_id: a });
    await expect.poll(() => nova.told).toEqual([`network-changed ${a}`]);
    await routed.request(admin, 'PUT', `/v2.0/floatingips/${floatingIp}`, { floatingip: { port_id: b } });
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${a}`, `network-changed ${a}`, `network-changed ${b}`]);
    await routed.request(admin, 'DELETE', `/v2.0/ports/${b}`);
    await routed[Symbol.asyncDispose]();
    expect(nova.told.slice(3)).toEqual([`network-vif-deleted ${b}`]);
  });

  test('waits while Nova is away, and the API does not', async () => {
    const id = await instancePort();
    const { promise: never } = Promise.withResolvers<undefined>();
    nova.answer = () => never;
    const begun = performance.now();
    for (const name of ['a', 'b', 'c']) expect(await change(id, { name })).toBe(200);
    expect((await server.request(admin, 'DELETE', `/v2.0/ports/${id}`)).status).toBe(204);
    // It would take half a minute until nobody waits for such a Nova any more.
    expect(performance.now() - begun).toBeLessThan(10_000);
    await nova.stop();
    nova.answer = () => undefined;
    const kept = (): number => server.errors.filter((line) => line.includes('Nova cannot be told of events; they are kept')).length;
    await expect.poll(kept, { timeout: 60_000 }).toBe(1);
    await nova.start();
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${id}`, `network-changed ${id}`, `network-vif-deleted ${id}`]);
    expect(kept()).toBe(1);
  });

  test.each([
    ['an error of its own', { status: 503, body: {} }],
    ['the page of a proxy that does not find it', { status: 404, body: {} }],
    ['that the server may not', { status: 403, body: { forbidden: { code: 403, message: "Policy doesn't allow it" } } }],
  ])('is told again where Nova answers with %s', async (_, answer) => {
    const id = await instancePort();
    let answers = 0;
    nova.answer = () => ((answers += 1) < 3 ? answer : undefined);
    expect(await change(id, { name: 'web' })).toBe(200);
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${id}`]);
    expect(answers).toBe(3);
  });

  test('is told no more where Nova does not know the instance, or has no host for it', async () => {
    const id = await instancePort();
    nova.answer = () => ({ status: 404, body: { itemNotFound: { code: 404, message: 'No instances found for any event' } } });
    expect(await change(id, { name: 'web' })).toBe(200);
    await expect.poll(() => nova.requests.length).toBe(1);
    nova.answer = ({ events }) => ({ status: 207, body: { events: events.map((event) => ({ ...event, status: 'failed', code: 422 })) } });
    expect(await change(id, { name: 'shop' })).toBe(200);
    await expect.poll(() => nova.requests.length, { timeout: 60_000 }).toBe(2);
    nova.answer = () => undefined;
    expect(await change(id, { name: 'blog' })).toBe(200);
    await expect.poll(() => nova.told, { timeout: 60_000 }).toEqual([`network-changed ${id}`]);
    expect(nova.requests).toHaveLength(3);
  });
});

test('an operator can have it otherwise', async () => {
  await using other = await networkServer(settings(nova, 'notify_nova_on_port_data_changes = false\n'));
  const network = await other.create(admin, '/v2.0/networks', { network: { name: 'n' } });
  const { id } = await other.create(admin, '/v2.0/ports', { port: { network_id: network['id'] ?? '', device_id: instance, device_owner: 'compute:nova' } });
  await other.request(admin, 'PUT', `/v2.0/ports/${String(id)}`, { port: { name: 'web' } });
  await other.request(admin, 'DELETE', `/v2.0/ports/${String(id)}`);
  await other[Symbol.asyncDispose]();
  expect(nova.requests).toEqual([]);
});

test.each([
  ['auth_url = http://c:35357\n', 'lacks username, password, project_name'],
  ['auth_type = admin_token\ntoken = t\n', 'lacks endpoint'],
  ['auth_url = controller:5000\nusername = nova\npassword = p\nproject_name = service\n', '[nova] auth_url = controller:5000'],
])('[nova] that cannot work stops the start: %j', async (section, reason) => {
  await expect(networkServer(`[nova]\n${section}`)).rejects.toThrow(reason);
});

test('a server that is stopped tells what it has to tell first, and counts it', async () => {
  const metrics = await freePort();
  await using program = await serverProgram(settings(nova, `send_events_interval = 600\n[metrics]\nbind_port = ${metrics}\n`));
  const request = async (method: string, path: string, body: JsonObject): Promise<JsonObject> => {
    const answer = await fetch(`${program.url}/v2.0${path}`, { method, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
    return Object.values((await answer.json()) as JsonObject)[0] as JsonObject;
  };
  const network = await request('POST', '/networks', { network: { name: 'n' } });
  const { id } = await request('POST', '/ports', { port: { network_id: network['id'] ?? '', device_id: instance, device_owner: 'compute:nova' } });
  for (const name of ['a', 'b']) await request('PUT', `/ports/${String(id)}`, { port: { name } });
  await expect.poll(() => nova.told).toEqual([`network-changed ${String(id)}`]);
  const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
  expect(text).toContain('neutron_nova_events_total{event="network-changed",outcome="sent"} 1');
  expect(text).toContain('neutron_nova_events_waiting 1');
  expect(text).toContain('neutron_nova_request_seconds_count{outcome="taken"} 1');
  expect(program.log()).not.toContain('t0ken');
  await program[Symbol.asyncDispose]();
  expect(nova.told).toEqual([`network-changed ${String(id)}`, `network-changed ${String(id)}`]);
});
