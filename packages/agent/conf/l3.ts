import { option } from '@neutrino/lib/conf/option';
import { bool, int, list, optional, port, str } from '@neutrino/lib/conf/option-types';

/** What [DEFAULT] tells the L3 agent besides what it tells every agent. */
export const l3Options = {
  interface_driver: option({
    type: optional(str()),
    default: null,
    help: 'How the agent attaches to a network: linuxbridge (or the name of Neutron\'s BridgeInterfaceDriver).',
  }),
  agent_mode: option({ type: str(), default: 'legacy', help: 'Which part of routers this host has; only legacy, all of it, is known.' }),
  handle_internal_only_routers: option({ type: bool(), default: true, help: 'Also have routers without a gateway to an external network.' }),
  enable_metadata_proxy: option({ type: bool(), default: true, help: 'Serve metadata through routers.' }),
  metadata_port: option({ type: port(), default: 9697, help: 'Port of the metadata proxy inside a router.' }),
  metadata_access_mark: option({ type: str(), default: '0x1', help: 'Mark of requests for metadata inside a router; its lower 16 bits are used.' }),
  metadata_proxy_socket: option({ type: str(), default: '$state_path/metadata_proxy', help: 'Socket on which the metadata agent answers.' }),
  external_ingress_mark: option({ type: str(), default: '0x2', help: 'Mark of packets that came from an external network; its lower 16 bits are used.' }),
  ipv6_gateway: option({
    type: str(),
    default: '',
    help: 'Next hop of the IPv6 default route where the external network has no IPv6 subnet; without it routers learn it from advertisements.',
  }),
  ra_confs: option({ type: str(), default: '$state_path/ra', help: 'Directory of the files of radvd.' }),
  min_rtr_adv_interval: option({ type: int({ min: 3 }), default: 30, help: 'Least seconds between two router advertisements that nobody asked for.' }),
  max_rtr_adv_interval: option({ type: int({ min: 4, max: 1800 }), default: 100, help: 'Most seconds between two router advertisements that nobody asked for.' }),
  radvd_user: option({ type: str(), default: '', help: 'Whom radvd becomes; empty: the user of the agent.' }),
};

/** What [agent] tells the L3 agent besides. */
export const l3AgentOptions = {
  extensions: option({ type: list(str()), default: [], help: 'What else of routers this host has: conntrack_helper and port_forwarding.' }),
};
