import { option } from '@neutrino/lib/conf/option';
import { bool, int, list, optional, str } from '@neutrino/lib/conf/option-types';

/** What [agent] tells the Linux bridge agent besides what it tells every agent. */
export const linuxBridgeAgentOptions = {
  polling_interval: option({ type: int({ min: 1 }), default: 2, help: 'Seconds between looks for devices that the kernel did not announce.' }),
  extensions: option({ type: list(str()), default: [], help: 'Extensions to load.' }),
  dscp: option({ type: optional(int({ min: 0, max: 63 })), default: null, help: 'DSCP value of packets between the ends of tunnels.' }),
  dscp_inherit: option({ type: bool(), default: false, help: 'Copy the DSCP value of the packet inside instead; it overrides dscp.' }),
  prevent_arp_spoofing: option({
    type: bool(),
    default: true,
    help: 'Formerly: drop ARP replies for addresses that are not the port\'s.',
    deprecatedForRemoval: 'it is always on where a port has port security; switch that per port, and remove it',
  }),
};
