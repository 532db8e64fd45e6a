import type { JsonObject } from '@neutrino/lib/json';
import { createBroker } from '@neutrino/runtime/rpc/transports/in-process/broker';
import { expect, test } from 'vitest';
import { command, linkType, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import { admin, idOf, instancePort, networkWithSubnet, runningServer } from '../rpc/running-server.ts';
import { eventually, tapOf, type Bench, type PluggedPort } from './l2-fixture.ts';
import { answered, pings, twoHosts } from './two-hosts.ts';

const needs = requires(root, networkNamespaces, linkType('vxlan'), command('iptables'), command('ipset'), command('nft'), command('bridge'));

test('an instance that moves to another host loses a few packets, and is silent where it is not active', { timeout: 180_000, ...needs }, async () => {
  await using broker = createBroker();
  await using server = await runningServer({ broker, populatesTunnels: true });
  await using hosts = await twoHosts(broker);
  const { here, there } = hosts;
  const { network } = await networkWithSubnet(server, 'p1', '10.9.0.0/24');
  await using _ = await hosts.startAgents({ vxlan: { l2Population: true } });
  const status = async (port: PluggedPort): Promise<unknown> => (await server.core.ports.get(admin, port.id))['status'];
  const boot = async (bench: Bench, host: string): Promise<PluggedPort> => {
    const made = await instancePort(server, network, { 'binding:host_id': host });
    const port = { id: idOf(made), mac: String(made['mac_address']), addresses: (made['fixed_ips'] as readonly JsonObject[]).map(({ ip_address }) => String(ip_address)) };
    await bench.plug(port);
    await eventually(async () => (await status(port)) === 'ACTIVE', 'the port ACTIVE');
    await bench.wired(port);
    return port;
  };
  const [peer, mover, resident] = [await boot(here, 'host-a'), await boot(here, 'host-a'), await boot(there, 'host-b')];
  const address = mover.addresses[0] ?? '';
  await eventually(() => pings(there, resident, address), 'the first packet between the hosts');

  await server.core.bindings.create(admin, mover.id, { host: 'host-b' });
  await there.plug(mover);
  // As a hypervisor does it, which does not wait for the binding to be active.
  await there.host.run(['ip', 'link', 'set', tapOf(mover), 'master', `brq${idOf(network).slice(0, 11)}`, 'up']);
  expect(await pings(there, mover, peer.addresses[0] ?? '')).toBe(false);
  expect(await answered(there, resident, address)).toBe(true);
  expect(await status(mover)).toBe('ACTIVE');

  const steady = [here.inside(peer, 'ping', '-q', '-i', '0.02', '-w', '12', address), there.inside(resident, 'ping', '-q', '-i', '0.02', '-w', '12', address)];
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  await server.core.bindings.activate(admin, mover.id, 'host-b');
  await eventually(async () => (await status(mover)) === 'ACTIVE', 'the port ACTIVE on its new host');
  // A hypervisor announces where the instance is.
  await there.inside(mover, 'arping', '-c', '1', '-A', '-I', 'eth0', address);
  expect(await pings(here, mover, peer.addresses[0] ?? '')).toBe(false);
  await here.unplug(mover);
  for (const { stdout } of await Promise.all(steady)) {
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(stdout) ?? [];
    const lost = Number(sent) - Number(received);
    console.log(`a moving instance: ${lost} of ${sent} packets lost, 20 ms apart`);
    expect(Number(received)).toBeGreaterThan(100);
    // Where nobody is told, all are lost that are sent from then on: more than ten seconds of them.
    expect(lost).toBeLessThan(350);
  }
  expect((await server.core.bindings.list(admin, mover.id)).map(({ host, status: state }) => [host, state])).toContainEqual(['host-b', 'ACTIVE']);
});
