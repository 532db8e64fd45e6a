import type { DeviceDetails } from '@neutrino/lib/rpc/payloads';
import { describe, expect, test } from 'vitest';
import { batchFailures, type Link } from '../linux/link.ts';
import { deltaLinks, emptyBridges, removalSteps } from './delta-links.ts';
import { isTapName, vlanName } from './device-names.ts';
import { nothingOfHost, type HostConfiguration } from './move-host.ts';
import { multicastGroup, planWiring } from './plan-wiring.ts';
import { planZones } from './plan-zones.ts';
import { defaultSettings } from './settings.ts';
import type { Step } from './steps.ts';

const settings = {
  ...defaultSettings,
  physicalInterfaceMappings: new Map([['physnet1', 'eth1']]),
  bridgeMappings: new Map([['physnet2', 'br-ex']]),
  vxlan: { ...defaultSettings.vxlan, localIp: '192.0.2.1' },
};
const bridge = 'brqaaaaaaaa-00';
const tap = 'tap00000001-11';

function port(given: Partial<DeviceDetails>): { details: DeviceDetails } {
  return {
    details: {
      device: tap, port_id: '00000001-1111-4111-8111-000000000000', network_id: 'aaaaaaaa-0000-4000-8000-000000000000',
      mac_address: 'fa:16:3e:00:00:01', admin_state_up: true, network_type: 'local', segmentation_id: null, physical_network: null, mtu: 1450,
      fixed_ips: [], device_owner: 'compute:nova', allowed_address_pairs: [], port_security_enabled: true, qos_policy_id: null,
      qos_network_policy_id: null, profile: {}, propagate_uplink_status: false, ...given,
    },
  };
}

function links(...given: readonly (Partial<Link> & { readonly name: string })[]): ReadonlyMap<string, Link> {
  return new Map(given.map((link, index) => [link.name, { index, mtu: 1500, up: true, ipv6Off: false, ...link }]));
}

function steps(given: Partial<DeviceDetails>, present: ReadonlyMap<string, Link>): readonly Step[] {
  return deltaLinks(planWiring([port(given)], settings), { links: present, ipv6Off: () => false, hostOn: new Map() }, { settings });
}

describe('the wiring of a network', () => {
  test('on a VLAN goes through a sub-interface that carries its number', () => {
    const wanted = steps({ network_type: 'vlan', segmentation_id: 100, physical_network: 'physnet1' }, links({ name: 'eth1' }, { name: tap, kind: 'veth' }));
    expect(wanted).toContainEqual({ kind: 'add-vlan', device: 'eth1.100', parent: 'eth1', vlan: 100 });
    expect(wanted).toContainEqual({ kind: 'enslave', device: 'eth1.100', bridge });
    expect(wanted).toContainEqual({ kind: 'enslave', device: tap, bridge });
  });

  test('on VXLAN goes through a tunnel with the group of its VNI', () => {
    const wanted = steps({ network_type: 'vxlan', segmentation_id: 70 }, links({ name: 'eth0', addresses: ['192.0.2.1/24'] }, { name: tap, kind: 'veth' }));
    expect(wanted).toContainEqual({
      kind: 'add-vxlan', device: 'vxlan-70', vni: 70,
      options: { parent: 'eth0', local: '192.0.2.1', group: '224.0.0.1', dstPort: 8472, srcPorts: null, ttl: null, tos: null, proxy: false },
    });
  });

  test('leaves the MTU of its devices to the kernel where the server knows none', () => {
    const wanted = steps({ network_type: 'vxlan', segmentation_id: 70, mtu: 0 }, links({ name: tap, kind: 'veth' }, { name: 'eth0', addresses: ['192.0.2.1/24'] }));
    expect(wanted.map(({ kind }) => kind)).toContain('add-vxlan');
    expect(wanted.map(({ kind }) => kind)).not.toContain('set-mtu');
  });

  test('makes devices before it brings any up, and keeps the host’s IPv6 off them in between', () => {
    const kinds = steps({}, links({ name: tap, kind: 'veth' })).map(({ kind }) => kind);
    expect(kinds.lastIndexOf('ipv6-off')).toBeLessThan(kinds.indexOf('set-up'));
    expect(kinds[0]).toBe('add-bridge');
  });

  test('lets the host speak IPv6 on a bridge that takes its IPv6 addresses, where the bridge was made without', () => {
    const host: HostConfiguration = { ...nothingOfHost, addresses: [{ address: 'fd00::5/64', options: [], prefixRoute: true, limited: false }] };
    const wiring = planWiring([port({ network_type: 'flat', physical_network: 'physnet1' })], settings);
    const present = links({ name: 'eth1', up: true }, { name: bridge, kind: 'bridge', up: true });
    const kinds = (ipv6Off: boolean, on = host): readonly string[] =>
      deltaLinks(wiring, { links: present, ipv6Off: () => ipv6Off, hostOn: new Map([['eth1', on]]) }, { settings }).map(({ kind }) => kind).filter((kind) => /ipv6-on|host/.test(kind));
    expect(kinds(true)).toEqual(['host-settings', 'ipv6-on', 'move-host']);
    expect(kinds(false)).toEqual(['host-settings', 'move-host']);
    expect(kinds(true, nothingOfHost)).toEqual(['host-settings', 'move-host']);
  });

  test('on a mapped bridge uses it and leaves it as it is', () => {
    const wanted = steps({ network_type: 'vlan', segmentation_id: 7, physical_network: 'physnet2', mtu: 1500 }, links({ name: 'br-ex', kind: 'bridge' }, { name: tap, kind: 'veth' }));
    expect(wanted).toEqual([{ kind: 'ipv6-off', device: tap }, { kind: 'enslave', device: tap, bridge: 'br-ex' }]);
  });

  test('leaves the plugging of a hypervisor’s own device to the hypervisor', () => {
    expect(steps({}, links({ name: tap, kind: 'tun' })).map(({ kind }) => kind)).not.toContain('enslave');
  });

  test('that this host cannot carry is named with the reason', () => {
    const { unwirable, taps } = planWiring([port({ network_type: 'flat', physical_network: 'elsewhere' })], settings);
    expect(unwirable.get(tap)).toContain('elsewhere');
    expect(taps.size).toBe(0);
  });

  test('takes no step where all is there', () => {
    const present = links(
      { name: bridge, kind: 'bridge', mtu: 1450, bridge: { stp: false, forwardDelay: 0 } }, { name: tap, kind: 'veth', mtu: 1450, master: bridge },
      { name: 'vxlan-70', kind: 'vxlan', mtu: 1450, master: bridge, vxlan: { vni: 70, dstPort: 8472, local: '192.0.2.1', group: '224.0.0.1', carrier: 'eth0', proxy: false, ttl: 0, tos: 0, srcPorts: { minimum: 0, maximum: 0 } } },
      { name: 'eth0', addresses: ['192.0.2.1/24'] },
    );
    const wiring = planWiring([port({ network_type: 'vxlan', segmentation_id: 70 })], settings);
    expect(deltaLinks(wiring, { links: present, ipv6Off: () => true, hostOn: new Map() }, { settings })).toEqual([]);
  });
});

test('a bridge is empty when no port’s device is in it, and its tunnel goes with it but not its interface', () => {
  const present = links(
    { name: bridge, kind: 'bridge' }, { name: 'vxlan-70', kind: 'vxlan', master: bridge }, { name: 'eth1', master: bridge },
    { name: 'brqbbbbbbbb-00', kind: 'bridge' }, { name: 'tap00000002-11', kind: 'tun', master: 'brqbbbbbbbb-00' },
    { name: 'brqother', kind: 'bridge' },
  );
  const [empty, ...others] = emptyBridges(planWiring([], settings), present, settings);
  expect(others).toEqual([]);
  expect(empty && removalSteps(empty, nothingOfHost)).toEqual([
    [{ kind: 'move-host', device: 'eth1', from: bridge, steps: [{ kind: 'delete-link', device: bridge }] }],
    [{ kind: 'delete-link', device: 'vxlan-70' }],
  ]);
});

test('a sub-interface’s name is cut and hashed as Neutron does where it is too long', () => {
  expect(vlanName('eth0', 4094)).toBe('eth0.4094');
  expect(vlanName('longinterface0', 1)).toMatch(/^long[0-9a-f]{6}\.1$/);
  expect(isTapName('tap0')).toBe(false);
});

test('a VNI floods to its range’s group, else to its address within the group’s network', () => {
  const vxlan = { ...settings.vxlan, group: '239.1.0.0/16', multicastRanges: [{ group: '239.9.9.9', minimum: 5, maximum: 6 }] };
  expect(multicastGroup(5, vxlan)).toBe('239.9.9.9');
  expect(multicastGroup(0x10203, vxlan)).toBe('239.1.2.3');
  expect(multicastGroup(7, { ...vxlan, group: null })).toBeNull();
});

test('a bridge keeps its zone, and no two share one', () => {
  const names = Array.from({ length: 500 }, (_, index) => `brq${index}`);
  const zones = planZones(names, new Map([['brq7', 60_000], ['brq8', 60_000]]));
  expect(zones.get('brq7')).toBe(60_000);
  expect(new Set(zones.values()).size).toBe(500);
  expect(planZones(names.toReversed(), zones)).toEqual(zones);
});

test('what an ip batch refuses is matched to its commands', () => {
  expect(batchFailures('Cannot find device "x"\nCommand failed -:2\nRTNETLINK answers: File exists\nCommand failed -:4\n', 4)).toEqual([
    { index: 1, reason: 'Cannot find device "x"' }, { index: 3, reason: 'RTNETLINK answers: File exists' },
  ]);
});
