import { defaultSettings } from '@neutrino/agent/l2/settings';
import { expect, test } from 'vitest';
import { command, linkType, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { bench, eventually, type Bench } from './l2-fixture.ts';

const group = '20000000-0000-4000-8000-000000000000';
const needs = requires(root, networkNamespaces, linkType('vxlan'), command('iptables'), command('ipset'), command('nft'));

/** Makes a cable between the hosts' tunnel interfaces; the second host's address is 172.31.255.2. */
async function connect(first: Bench, second: Bench): Promise<void> {
  const pid = /\/proc\/(\d+)\/ns\/net/.exec(second.host.enter.join(' '))?.[1] ?? '';
  await second.host.run(['ip', 'link', 'delete', 'underlay0']);
  await first.host.run(['ip', 'link', 'set', 'underlay0-far', 'netns', pid, 'name', 'underlay0']);
  await second.host.run(['ip', '-batch', '-'], { input: 'address add 172.31.255.2/24 dev underlay0\nlink set underlay0 up\n' });
}

function port(number: number, vni: number): SimulatedPort {
  return {
    id: `0000000${number}-1111-4111-8111-000000000000`, networkId: `${vni}${vni}${vni}${vni}aaaa-0000-4000-8000-000000000000`, mac: `fa:16:3e:00:00:0${number}`,
    addresses: [`10.9.0.1${number}`, `fd00:9::1${number}`], groups: [group], mtu: 1450,
    segment: { network_type: 'vxlan', segmentation_id: vni, physical_network: null },
  };
}

test('a VXLAN network spans two hosts, and ends where another VNI begins', { ...needs, timeout: 60_000 }, async () => {
  await using here = await bench();
  await using there = await bench();
  await connect(here, there);
  const [one, two, other] = [port(1, 7), port(2, 7), port(3, 8)];
  for (const { plugin } of [here, there]) {
    plugin.groups.set(group, [
      { direction: 'egress', ethertype: 'IPv4' }, { direction: 'egress', ethertype: 'IPv6' },
      { direction: 'ingress', ethertype: 'IPv4', remote_group_id: group }, { direction: 'ingress', ethertype: 'IPv6', remote_group_id: group },
    ]);
    for (const each of [one, two, other]) plugin.ports.set(each.id, each);
  }
  await using _here = await here.startAgent();
  await using _there = await there.startAgent({ vxlan: { ...defaultSettings.vxlan, localIp: '172.31.255.2' } });
  await here.plug(one);
  await there.plug(two);
  await there.plug(other);
  await here.up(one);
  await there.up(two, other);
  const pings = async (to: string): Promise<boolean> => (await here.inside(one, 'ping', '-c', '1', '-W', '1', to)).code === 0;
  await eventually(() => pings('10.9.0.12'), 'the first packet between the hosts');
  expect(await pings('fd00:9::12')).toBe(true);
  expect((await here.inside(one, 'ping', '-c', '1', '-W', '1', '-M', 'do', '-s', '1422', '10.9.0.12')).code).toBe(0);
  expect(await pings('10.9.0.13')).toBe(false);
});
