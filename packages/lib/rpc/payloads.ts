/**
 * The payloads between server and agents, in Neutron's own field names: these objects are what is on
 * the wire, so a Python agent or server can stand on either side.
 */

export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface AllowedAddressPair {
  readonly ip_address: string;
  readonly mac_address: string;
}

/** Reply of q-plugin `get_device_details`, or only `{device}` where the server knows no such port. */
export interface DeviceDetails {
  readonly device: string;
  readonly port_id: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly network_type: 'flat' | 'vlan' | 'vxlan' | 'local' | 'gre';
  readonly segmentation_id: number | null;
  readonly physical_network: string | null;
  readonly mtu: number;
  readonly fixed_ips: readonly FixedIp[];
  readonly device_owner: string;
  readonly allowed_address_pairs: readonly AllowedAddressPair[];
  readonly port_security_enabled: boolean;
  readonly qos_policy_id: null;
  readonly qos_network_policy_id: null;
  readonly profile: Readonly<Record<string, unknown>>;
  readonly propagate_uplink_status: boolean;
}
export interface UnknownDevice {
  readonly device: string;
}

/**
 * Reply of q-plugin `get_devices_details_list_and_failed_devices(devices, agent_id, host)`; `get_devices_details_list` answers with the
 * first part alone.
 */
export interface DevicesDetailsReply {
  readonly devices: readonly (DeviceDetails | UnknownDevice)[];
  readonly failed_devices: readonly string[];
}

/** Reply of q-plugin `update_device_list(devices_up, devices_down, agent_id, host)`. */
export interface UpdateDeviceListReply {
  readonly devices_up: readonly string[];
  readonly failed_devices_up: readonly string[];
  readonly devices_down: readonly { readonly device: string; readonly exists: boolean }[];
  readonly failed_devices_down: readonly string[];
}

export type EtherType = 'IPv4' | 'IPv6';

/** A rule as agents see it. Absent fields match everything. */
export interface SecurityGroupRuleInfo {
  readonly direction: 'ingress' | 'egress';
  readonly ethertype: EtherType;
  /** Name ("tcp", "icmp", "ipv6-icmp", …) or number as text. */
  readonly protocol?: string;
  readonly port_range_min?: number;
  readonly port_range_max?: number;
  /** Of provider rules: DHCP servers' ports; for ICMP the type. */
  readonly source_port_range_min?: number;
  readonly source_port_range_max?: number;
  readonly source_ip_prefix?: string;
  readonly dest_ip_prefix?: string;
  readonly remote_group_id?: string;
  readonly remote_address_group_id?: string;
  readonly security_group_id?: string;
  /** Of the rule's group; absent means true. */
  readonly stateful?: boolean;
}

/** A device (port) in the reply of `security_group_info_for_devices`. The key of `devices` is the id of the port, `device` the name asked for. */
export interface SecurityGroupDevice {
  readonly id: string;
  readonly device: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly string[];
  readonly allowed_address_pairs: readonly AllowedAddressPair[];
  readonly port_security_enabled: boolean;
  /** Provider rules of this port itself: DHCP replies, router advertisements. */
  readonly security_group_rules: readonly SecurityGroupRuleInfo[];
  readonly security_groups: readonly string[];
  readonly security_group_source_groups: readonly string[];
  /** Absent in answers of servers older than address groups. */
  readonly security_group_remote_address_groups?: readonly string[];
}

/** Reply of q-plugin `security_group_info_for_devices(devices, call_version="1.3")`. */
export interface SecurityGroupInfo {
  readonly devices: Readonly<Record<string, SecurityGroupDevice>>;
  readonly security_groups: Readonly<Record<string, readonly SecurityGroupRuleInfo[]>>;
  /** Members of each group used as a remote: `[address, mac]` pairs by ethertype. Those of address groups have no MAC address. */
  readonly sg_member_ips: Readonly<Record<string, Readonly<Record<EtherType, readonly (readonly [string, string | null])[]>>>>;
}

/** A subnet inside the network payloads of the DHCP agent. */
export interface DhcpSubnet {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly tenant_id: string;
  readonly ip_version: 4 | 6;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly enable_dhcp: boolean;
  readonly ipv6_ra_mode: Ipv6Mode | null;
  readonly ipv6_address_mode: Ipv6Mode | null;
  readonly dns_nameservers: readonly string[];
  readonly host_routes: readonly { readonly destination: string; readonly nexthop: string }[];
  readonly allocation_pools: readonly { readonly start: string; readonly end: string }[];
}
export type Ipv6Mode = 'slaac' | 'dhcpv6-stateful' | 'dhcpv6-stateless';

export interface DhcpPort {
  readonly id: string;
  readonly name: string;
  readonly network_id: string;
  readonly tenant_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly device_id: string;
  readonly device_owner: string;
  readonly fixed_ips: readonly FixedIp[];
  readonly extra_dhcp_opts: readonly { readonly opt_name: string; readonly opt_value: string; readonly ip_version: 4 | 6 }[];
  readonly dns_assignment?: readonly { readonly hostname: string; readonly ip_address: string; readonly fqdn: string }[];
  readonly 'binding:host_id'?: string;
}

/** Reply of q-plugin `get_network_info(network_id, host)` and item of `get_active_networks_info(host)`. */
export interface DhcpNetwork {
  readonly id: string;
  readonly tenant_id: string;
  readonly admin_state_up: boolean;
  readonly mtu: number;
  readonly subnets: readonly DhcpSubnet[];
  /** Subnets of the segments of the network that have no DHCP here; empty without routed networks. */
  readonly non_local_subnets: readonly DhcpSubnet[];
  readonly ports: readonly DhcpPort[];
}

/** Argument `agent_state.agent_state` of q-reports-plugin `report_state(agent_state, time)`. */
export interface AgentState {
  readonly binary: string;
  readonly host: string;
  readonly topic: string;
  readonly agent_type: string;
  readonly availability_zone?: string;
  readonly configurations: Readonly<Record<string, unknown>>;
  readonly resource_versions?: Readonly<Record<string, string>>;
  /** Present and true in the first report after a start. */
  readonly start_flag?: boolean;
  readonly uuid?: string;
}
/** Reply of `report_state`. */
export type AgentStatus = 'new' | 'alive' | 'revived';
