import { option } from '@neutrino/lib/conf/option';
import { bool, int, list, optional, str } from '@neutrino/lib/conf/option-types';

/** What [DEFAULT] tells the DHCP agent besides what it tells every agent. */
export const dhcpOptions = {
  interface_driver: option({
    type: optional(str()),
    default: null,
    help: 'How the agent attaches to a network: linuxbridge (or the name of Neutron\'s BridgeInterfaceDriver).',
  }),
  dhcp_driver: option({ type: str(), default: 'neutron.agent.linux.dhcp.Dnsmasq', help: 'The DHCP server; only dnsmasq is known.' }),
  dhcp_confs: option({ type: str(), default: '$state_path/dhcp', help: 'Directory of the files of the DHCP servers.' }),
  dhcp_lease_duration: option({ type: int({ min: -1 }), default: 86_400, help: 'Seconds of a lease; -1: for ever.' }),
  dhcp_renewal_time: option({ type: int({ min: 0 }), default: 0, help: 'DHCP option 58, seconds; 0: left to dnsmasq.' }),
  dhcp_rebinding_time: option({ type: int({ min: 0 }), default: 0, help: 'DHCP option 59, seconds; 0: left to dnsmasq.' }),
  dhcp_broadcast_reply: option({ type: bool(), default: false, help: 'Send every DHCP reply to all.' }),
  dns_domain: option({ type: str(), default: 'openstacklocal', deprecated: ['dhcp_domain'], help: "Domain of instances' names." }),
  dnsmasq_config_file: option({ type: str(), default: '', help: 'A file of further dnsmasq settings, which override the agent\'s.' }),
  dnsmasq_dns_servers: option({ type: list(str()), default: [], deprecated: ['dnsmasq_dns_server'], help: 'DNS servers to which names are forwarded.' }),
  dnsmasq_local_resolv: option({ type: bool(), default: false, help: 'Forward names to the DNS servers of this host.' }),
  dnsmasq_base_log_dir: option({ type: optional(str()), default: null, help: 'Directory in which each network gets a folder with a log of DHCP and DNS.' }),
  dnsmasq_lease_max: option({ type: int({ min: 1 }), default: 16_777_216, help: 'Most leases of one network.' }),
  dnsmasq_enable_addr6_list: option({ type: bool(), default: false, help: 'One host entry for all IPv6 addresses of a port in a subnet.' }),
  enable_isolated_metadata: option({ type: bool(), default: false, help: 'Serve metadata on networks without a router.' }),
  force_metadata: option({ type: bool(), default: false, help: 'Serve metadata on every network.' }),
  metadata_proxy_socket: option({ type: str(), default: '$state_path/metadata_proxy', help: 'Socket on which the metadata agent answers.' }),
  external_pids: option({ type: str(), default: '$state_path/external/pids', help: "Directory of files with the process ids of metadata proxies of Neutron's agent, which this one takes over from." }),
  resync_interval: option({ type: int({ min: 1 }), default: 5, help: 'Seconds before what failed is tried again.' }),
  resync_throttle: option({ type: int({ min: 0 }), default: 1, help: 'Least seconds between two requests for the state of all networks; at most resync_interval.' }),
  num_sync_threads: option({ type: int({ min: 1 }), default: 4, help: 'Networks worked on at once.' }),
  bulk_reload_interval: option({ type: int({ min: 0 }), default: 0, help: 'Least seconds between two reloads of one network\'s DHCP server.' }),
};

/** What [agent] tells the DHCP and the L3 agent besides what it tells every agent. */
export const scheduledAgentOptions = {
  availability_zone: option({ type: str(), default: 'nova', deprecated: ['DEFAULT.availability_zone'], help: 'Availability zone of this agent.' }),
};
