import type { JsonObject } from '@neutrino/lib/json';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { computeService, type ComputeService } from '../../support/compute-service.ts';
import { admin, idOf, instancePort, networkWithSubnet, reportAgents, runningServer, tap, type RunningServer } from './running-server.ts';

let nova: ComputeService;
let server: RunningServer;
beforeEach(async () => {
  nova = await computeService();
  server = await runningServer({ novaUrl: nova.url });
  for (const host of ['h1', 'h2']) await reportAgents(server, host);
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await nova[Symbol.asyncDispose]();
});

const marks = new Set<string>();
const heard = (): readonly string[] => nova.told.filter((event) => !marks.has(event));
/** All that Nova is told of what has happened by now: events go in their order, so it has been told when it knows of a change that was made last. */
const told = async (): Promise<readonly string[]> => {
  const { network } = await networkWithSubnet(server, 'another');
  const mark = idOf(await instancePort(server, network));
  marks.add(`network-changed ${mark}`);
  await server.core.ports.update?.(admin, mark, { name: 'the last' });
  await expect.poll(() => nova.told).toContain(`network-changed ${mark}`);
  return heard();
};
const up = (port: JsonObject, host: string): Promise<unknown> => server.call('update_device_list', { devices_up: [tap(port)], devices_down: [], agent_id: 'lb', host }, '1.9');
const boot = async (host: string): Promise<JsonObject> => {
  const { network } = await networkWithSubnet(server, 'p1');
  return instancePort(server, network, { 'binding:host_id': host });
};
const wired = async (port: JsonObject, host: string): Promise<void> => {
  await server.call('get_devices_details_list_and_failed_devices', { devices: [tap(port)], agent_id: 'lb', host }, '1.9');
  await up(port, host);
  await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] }, '1.5');
};

describe('what agents report of an instance', () => {
  test('is told to Nova when the port is ready, and when it no longer is', async () => {
    const port = await boot('h1');
    await wired(port, 'h1');
    await expect.poll(heard).toEqual([`network-vif-plugged completed ${idOf(port)}`]);
    await up(port, 'h1');
    expect(await told()).toHaveLength(1);
    await server.call('update_device_down', { device: tap(port), host: 'h1', agent_id: 'lb' });
    await expect.poll(() => heard().slice(1)).toEqual([`network-vif-unplugged completed ${idOf(port)}`]);
  });

  test('on the way to another host is that it is wired there, though it is still bound here', async () => {
    const port = await boot('h1');
    await wired(port, 'h1');
    await server.core.ports.update?.(admin, idOf(port), { 'binding:profile': { migrating_to: 'h2' } });
    await server.core.bindings.create(admin, idOf(port), { host: 'h2' });
    await expect.poll(() => heard().at(-1)).toBe(`network-changed ${idOf(port)}`);
    const before = (await told()).length;
    await up(port, 'h2');
    await expect.poll(() => heard().slice(before)).toEqual([`network-vif-plugged completed ${idOf(port)}`]);
    await server.core.bindings.activate(admin, idOf(port), 'h2');
    await wired(port, 'h2');
    await expect.poll(() => heard().filter((event) => !event.includes('changed')).slice(1)).toEqual([
      // Told of its journey, the port is bound anew.
      `network-vif-unplugged completed ${idOf(port)}`,
      `network-vif-plugged completed ${idOf(port)}`,
      `network-vif-plugged completed ${idOf(port)}`,
    ]);
  });

  test('does not let a moving instance go on because of its DHCP', async () => {
    const port = await boot('h1');
    await server.core.ports.update?.(admin, idOf(port), { 'binding:profile': { migrating_to: 'h2' } });
    await up(port, 'h1');
    await server.call('dhcp_ready_on_ports', { port_ids: [idOf(port)] }, '1.5');
    await expect.poll(async () => (await server.core.ports.get(admin, idOf(port)))['status']).toBe('ACTIVE');
    expect((await told()).filter((event) => event.includes('plugged'))).toEqual([]);
  });

  test('of other devices is nothing to Nova', async () => {
    const { network } = await networkWithSubnet(server, 'p1');
    const other = await instancePort(server, network, { 'binding:host_id': 'h1', device_owner: 'neutron:LOADBALANCERV2' });
    await wired(other, 'h1');
    await up(other, 'h2');
    await up({ id: crypto.randomUUID() }, 'h2');
    expect(await told()).toEqual([]);
  });
});
