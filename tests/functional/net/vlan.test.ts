import { expect, test } from 'vitest';
import { linkType } from '../../support/capabilities.ts';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { kernelTests } from '../../support/virtual-machine/kernel-tests.ts';
import { eventually } from './l2-fixture.ts';
import { answered, pings, tellBoth, twoHosts } from './two-hosts.ts';

const vlans = kernelTests(linkType('vlan'), import.meta.filename);
const group = '20000000-0000-4000-8000-000000000000';
const physicalInterfaceMappings = { physnet1: 'provider0' };

function port(number: number, vlan: number): SimulatedPort {
  return {
    id: `0000000${number}-1111-4111-8111-000000000000`, networkId: `0000a${vlan}-0000-4000-8000-000000000000`, mac: `fa:16:3e:00:00:0${number}`,
    addresses: [`10.9.0.1${number}`, `fd00:9::1${number}`], groups: [group], mtu: 1500,
    segment: { network_type: 'vlan', segmentation_id: vlan, physical_network: 'physnet1' },
  };
}

test('a VLAN network spans two hosts in tagged frames, ends where another VLAN begins, and leaves nothing behind', vlans.options, vlans.run(async () => {
  await using hosts = await twoHosts();
  const { here, there } = hosts;
  const [one, two, other] = [port(1, 100), port(2, 100), port(3, 101)];
  tellBoth(hosts, one, two, other);
  await using _ = await hosts.startAgents({ physicalInterfaceMappings });
  await here.plug(one);
  await there.plug(two);
  await there.plug(other);
  await here.up(one);
  await there.up(two, other);
  expect((await here.host.run(['ip', '-d', 'link', 'show', 'provider0.100'])).stdout).toMatch(/master brq0000a100-00[^]*vlan protocol 802.1Q id 100/);
  await eventually(() => pings(here, one, '10.9.0.12'), 'the first packet between the hosts');
  expect(await answered(here, one, 'fd00:9::12')).toBe(true);
  expect(await answered(here, one, '10.9.0.12', 1500)).toBe(true);
  for (const { inside, port } of [{ inside: here.inside, port: one }, { inside: there.inside, port: two }]) await inside(port, 'ip', 'link', 'set', 'eth0', 'mtu', '1600');
  expect(await pings(here, one, '10.9.0.12', 1501)).toBe(false);
  expect(await pings(here, one, '10.9.0.13')).toBe(false);
  // What is on the cable carries the tag: the interface itself, which hears VLAN 100 only through its sub-interface, counts it.
  const received = async (): Promise<number> =>
    (JSON.parse((await there.host.run(['ip', '-json', '-s', 'link', 'show', 'provider0.100'])).stdout) as readonly [{ stats64: { rx: { packets: number } } }])[0].stats64.rx.packets;
  const before = await received();
  await pings(here, one, '10.9.0.12');
  expect(await received()).toBeGreaterThan(before);
  here.plugin.ports.delete(one.id);
  await here.unplug(one);
  await eventually(async () => !/provider0\.100|brq/.test((await here.host.run(['ip', '-br', 'link'])).stdout), 'the end of the sub-interface and its bridge');
  expect((await here.host.run(['ip', '-br', 'link', 'show', 'provider0'])).stdout).toContain('UP');
}));
