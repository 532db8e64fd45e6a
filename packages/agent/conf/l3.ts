import { option } from '@neutrino/lib/conf/option';
import { bool, choice, int, list, optional, port, str } from '@neutrino/lib/conf/option-types';

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
  external_pids: option({ type: str(), default: '$state_path/external/pids', help: 'Directory of files with the process ids of programs that run for routers.' }),
  ra_confs: option({ type: str(), default: '$state_path/ra', help: 'Directory of the files of radvd.' }),
  min_rtr_adv_interval: option({ type: int({ min: 3 }), default: 30, help: 'Least seconds between two router advertisements that nobody asked for.' }),
  max_rtr_adv_interval: option({ type: int({ min: 4, max: 1800 }), default: 100, help: 'Most seconds between two router advertisements that nobody asked for.' }),
  ha_confs_path: option({ type: str(), default: '$state_path/ha_confs', help: "Directory of keepalived's files, a folder for each highly available router." }),
  ha_vrrp_auth_type: option({ type: choice(['AH', 'PASS']), default: 'PASS', help: 'How the copies of a router know one another, where there is a password.' }),
  ha_vrrp_auth_password: option({ type: optional(str()), default: null, secret: true, help: 'The password by which they do; the same on all hosts. VRRP uses eight characters of it.' }),
  ha_vrrp_advert_int: option({ type: int({ min: 1, max: 255 }), default: 2, help: 'Seconds between two words of the active copy; the same on all hosts. After two that are missed another takes over.' }),
  ha_vrrp_health_check_interval: option({ type: int({ min: 0 }), default: 0, help: 'Seconds between two checks of whether the gateway of an active copy answers; if it does not, another takes over. 0: none.' }),
  ha_keepalived_state_change_server_threads: option({
    type: int({ min: 1 }),
    default: 1,
    help: 'Nothing.',
    deprecatedForRemoval: 'the kernel itself tells of changes, without a server in between; remove it',
  }),
  keepalived_use_no_track: option({ type: bool(), default: true, help: 'keepalived does not give up when an address or route of another device than the one that it speaks by goes away.' }),
  radvd_user: option({ type: str(), default: '', help: 'Whom radvd becomes; empty: the user of the agent.' }),
};

/** What [agent] tells the L3 agent besides. */
export const l3AgentOptions = {
  extensions: option({ type: list(str()), default: [], help: 'What else of routers this host has: conntrack_helper and port_forwarding.' }),
};
