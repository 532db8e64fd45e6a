import { option } from '@neutrino/lib/conf/option';
import { bool, int, ipAddress, list, optional, port, str } from '@neutrino/lib/conf/option-types';

/** [vxlan]. */
export const vxlanOptions = {
  enable_vxlan: option({ type: bool(), default: true, help: 'Serve VXLAN networks; local_ip must then be set.' }),
  local_ip: option({ type: optional(ipAddress()), default: null, help: 'Address of this host between the ends of tunnels.' }),
  ttl: option({ type: optional(int({ min: 0, max: 255 })), default: null, help: 'Hop limit of tunnelled packets. Default: the kernel\'s.' }),
  tos: option({
    type: optional(int({ min: 0, max: 255 })),
    default: null,
    help: 'Type of service of tunnelled packets.',
    deprecatedForRemoval: 'use [agent] dscp',
  }),
  vxlan_group: option({
    type: optional(str()),
    default: '224.0.0.1',
    help: 'Multicast group for what is sent to all, or a prefix of groups, of which each network uses one. Nothing: none.',
  }),
  l2_population: option({ type: bool(), default: false, help: "Have the server's l2population mechanism driver tell what is behind which tunnel." }),
  arp_responder: option({ type: bool(), default: false, help: 'With l2_population: answer on this host who asks for a neighbour behind a tunnel.' }),
  multicast_ranges: option({ type: list(str()), default: [], help: 'Groups of single ranges of network identifiers: 239.0.0.1:1000:1999.' }),
  udp_srcport_min: option({ type: port(), default: 0, help: 'Lowest source port; 0, as udp_srcport_max: the kernel chooses.' }),
  udp_srcport_max: option({ type: port(), default: 0, help: 'Highest source port.' }),
  udp_dstport: option({ type: optional(port()), default: null, help: 'Port on which the other ends listen. Default: 8472.' }),
};
