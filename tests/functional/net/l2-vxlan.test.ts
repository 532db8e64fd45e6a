import { describe, expect, test } from 'vitest';
import { command, linkType, networkNamespaces, requires, root } from '../../support/capabilities.ts';
import type { SimulatedPort } from '../../support/simulated-plugin.ts';
import { eventually } from './l2-fixture.ts';
import { answered, pings, tellBoth, twoHosts } from './two-hosts.ts';

const group = '20000000-0000-4000-8000-000000000000';

function port(number: number, vni: number): SimulatedPort {
  return {
    id: `0000000${number}-1111-4111-8111-000000000000`, networkId: `${vni}${vni}${vni}${vni}aaaa-0000-4000-8000-000000000000`, mac: `fa:16:3e:00:00:0${number}`,
    addresses: [`10.9.0.1${number}`, `fd00:9::1${number}`], groups: [group], mtu: 1450,
    segment: { network_type: 'vxlan', segmentation_id: vni, physical_network: null },
  };
}

describe('VXLAN between hosts', { timeout: 180_000, ...requires(root, networkNamespaces, linkType('vxlan'), command('iptables'), command('ipset'), command('nft')) }, () => {
  test('a network spans two hosts by multicast, and ends where another VNI begins', async () => {
    await using hosts = await twoHosts();
    const { here, there } = hosts;
    const [one, two, other] = [port(1, 7), port(2, 7), port(3, 8)];
    tellBoth(hosts, one, two, other);
    await using _ = await hosts.startAgents();
    await here.plug(one);
    await there.plug(two);
    await there.plug(other);
    await here.up(one);
    await there.up(two, other);
    await eventually(() => pings(here, one, '10.9.0.12'), 'the first packet between the hosts');
    expect(await answered(here, one, 'fd00:9::12')).toBe(true);
    // An instance that was not told of the network's MTU finds it, and so does what it sends: to the byte.
    for (const each of [one, two]) await (each === one ? here : there).inside(each, 'ip', 'link', 'set', 'eth0', 'mtu', '1500');
    for (const address of ['10.9.0.12', 'fd00:9::12']) {
      expect(await answered(here, one, address, 1450)).toBe(true);
      expect(await pings(here, one, address, 1451)).toBe(false);
    }
    for (const device of [`tap${one.id.slice(0, 11)}`, 'brq7777aaaa-00', 'vxlan-7']) expect((await here.host.run(['ip', 'link', 'show', device])).stdout).toContain(' mtu 1450 ');
    expect(await pings(here, one, '10.9.0.13')).toBe(false);
  });
});
