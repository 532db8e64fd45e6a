import { describe, expect, test } from 'vitest';
import { networkServer } from '../../support/network-server.ts';

const admin = { project: 'p1' };
const types = ['vxlan', 'vlan', 'flat', 'local'] as const;

/** The options that say what the wires carry, and the MTU that a network of each type gets: on physnet1 where it is on one, and of flat ones on physnet2 too. */
const cases = [
  { options: {}, mtus: { vxlan: 1450, vlan: 1500, flat: 1500, local: 1500 } },
  { options: { global_physnet_mtu: '9000' }, mtus: { vxlan: 8950, vlan: 9000, flat: 9000, local: 9000 } },
  { options: { global_physnet_mtu: '9000', path_mtu: '1550' }, mtus: { vxlan: 1500, vlan: 9000, flat: 9000, local: 9000 } },
  { options: { path_mtu: '9000' }, mtus: { vxlan: 1450, vlan: 1500, flat: 1500, local: 1500 } },
  { options: { global_physnet_mtu: '0', path_mtu: '1400' }, mtus: { vxlan: 1350, vlan: 0, flat: 0, local: 0 } },
  { options: { global_physnet_mtu: '9000', physical_network_mtus: 'physnet1:1400,physnet3:1300' }, mtus: { vxlan: 8950, vlan: 1400, flat: 1400, local: 9000 } },
  { options: { physical_network_mtus: 'physnet1:9000' }, mtus: { vxlan: 1450, vlan: 1500, flat: 1500, local: 1500 } },
  { options: { overlay_ip_version: '6' }, mtus: { vxlan: 1430, vlan: 1500, flat: 1500, local: 1500 } },
] as const;

describe('the MTU of a network', () => {
  test.each(cases)('with $options is $mtus', async ({ options, mtus }) => {
    const { global_physnet_mtu: global, ...ml2 } = options as Readonly<Record<string, string>>;
    const lines = (values: Readonly<Record<string, string | undefined>>): string => Object.entries(values).map(([name, value]) => (value === undefined ? '' : `${name} = ${value}\n`)).join('');
    await using server = await networkServer(
      `[DEFAULT]\n${lines({ global_physnet_mtu: global })}[ml2]\ntype_drivers = local,flat,vlan,vxlan\n${lines(ml2)}[ml2_type_vlan]\nnetwork_vlan_ranges = physnet1:1:9\n[ml2_type_flat]\nflat_networks = *\n[ml2_type_vxlan]\nvni_ranges = 1:9\n`,
    );
    const made: Record<string, unknown> = {};
    for (const type of types) {
      const physical = type === 'vlan' || type === 'flat' ? { 'provider:physical_network': 'physnet1' } : {};
      made[type] = (await server.create(admin, '/v2.0/networks', { network: { 'provider:network_type': type, ...physical } }))['mtu'];
    }
    expect(made).toEqual(mtus);
  });
});
