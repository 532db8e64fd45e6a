import type { JsonObject } from '@neutrino/lib/json';
import { notifierTopic } from '@neutrino/lib/rpc/topics';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { admin, eventually, idOf, instancePort, networkWithSubnet, reportAgents, runningServer, tap, type RunningServer } from './running-server.ts';

let server: RunningServer;
beforeEach(async () => {
  server = await runningServer();
});
afterEach(() => server[Symbol.asyncDispose]());

describe('an instance that moves', () => {
  test('is announced to the agents of both hosts, as Neutron announces it', async () => {
    await reportAgents(server, 'h1');
    await reportAgents(server, 'h2');
    const { network } = await networkWithSubnet(server, 'p1');
    const port = await instancePort(server, network, { 'binding:host_id': 'h1' });
    const heard: [string, JsonObject][] = [];
    const hear = (method: string) => (_context: unknown, args: JsonObject) => void heard.push([method, args]);
    const agent = server.connect();
    for (const operation of ['activate', 'deactivate'] as const) {
      const method = `binding_${operation}`;
      await agent.listen({ topic: notifierTopic('binding', operation), server: 'h2', endpoints: [{ version: '1.5', methods: { [method]: hear(method) } }] });
    }
    await server.core.bindings.create(admin, idOf(port), { host: 'h2' });
    expect(await server.call('get_device_details', { device: tap(port), host: 'h2' })).toEqual({ device: tap(port), no_active_binding: true });
    await server.core.bindings.activate(admin, idOf(port), 'h2');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual([
      ['binding_deactivate', { port_id: port['id'], host: 'h1', network_id: network['id'] }],
      ['binding_activate', { port_id: port['id'], host: 'h2' }],
    ]);
    expect(await server.call('get_device_details', { device: tap(port), host: 'h1' })).toEqual({ device: tap(port), no_active_binding: true });
    expect(await server.call('get_device_details', { device: tap(port), host: 'h2' })).toMatchObject({ port_id: port['id'], network_type: 'vxlan' });
    await server.call('update_device_up', { device: tap(port), host: 'h1' });
    expect(await server.core.ports.get(admin, idOf(port))).toMatchObject({ status: 'BUILD' });
    await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] });
    await server.call('update_device_up', { device: tap(port), host: 'h2' });
    await eventually(async () => (await server.core.ports.get(admin, idOf(port)))['status'] === 'ACTIVE');
  });
});
