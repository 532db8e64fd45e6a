import { option } from '@neutrino/lib/conf/option';
import { dict, int, intChoice, list, optional, str } from '@neutrino/lib/conf/option-types';

/** [ml2]. */
export const ml2Options = {
  type_drivers: option({ type: list(str()), default: ['local', 'flat', 'vlan', 'vxlan'], help: 'Network types that may exist.' }),
  tenant_network_types: option({
    type: list(str()),
    default: ['local'],
    help: 'Types of the networks that projects make, tried in order. Empty: projects make none.',
  }),
  mechanism_drivers: option({ type: list(str()), default: [], help: 'Drivers that bind ports, tried in order.' }),
  extension_drivers: option({ type: list(str()), default: [], help: 'Drivers that add attributes, such as port_security.' }),
  path_mtu: option({
    type: int({ min: 0 }),
    default: 0,
    help: 'Largest IP packet between hosts, bytes, for networks that are tunnelled; 0: as global_physnet_mtu.',
  }),
  physical_network_mtus: option({
    type: dict(int({ min: 0 })),
    default: {},
    help: 'MTU of single physical networks, where it is not global_physnet_mtu: physnet1:1400,physnet2:9000.',
  }),
  overlay_ip_version: option({ type: intChoice([4, 6]), default: 4, help: 'IP version between the ends of tunnels.' }),
  external_network_type: option({ type: optional(str()), default: null, help: 'Type of external networks that ask for none.' }),
};
