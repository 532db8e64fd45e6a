/** Everything the Linux bridge agent can be told. Names in comments are the options they come from. */
export interface LinuxBridgeSettings {
  /** Physical network → interface (`[LINUX_BRIDGE] physical_interface_mappings`). */
  readonly physicalInterfaceMappings: ReadonlyMap<string, string>;
  /** Physical network → bridge that exists and stays the operator's (`[LINUX_BRIDGE] bridge_mappings`). */
  readonly bridgeMappings: ReadonlyMap<string, string>;
  readonly vxlan: VxlanSettings;
  readonly firewall: FirewallSettings;
  /** `[AGENT] polling_interval`: how often devices are looked for beside the kernel's own notifications. */
  readonly pollingIntervalMs: number;
  /** How often the whole kernel state is compared with the plan without being asked. */
  readonly fullPassIntervalMs: number;
  /** How long a network's bridge stays after its last device went: hypervisors make the bridge some time before the device. */
  readonly emptyBridgeLingerMs: number;
  /** `[AGENT] log_agent_heartbeats`: the server is asked to log each report. */
  readonly logAgentHeartbeats: boolean;
  /** Devices per request (`rpc_resources_processing_step`). */
  readonly devicesPerRequest: number;
}

export interface VxlanSettings {
  /** `[VXLAN] enable_vxlan`. */
  readonly enabled: boolean;
  /** `[VXLAN] local_ip`: an address of this host. */
  readonly localIp: string | null;
  /** `[VXLAN] l2_population`: the server tells what is behind which tunnel, and no group is used. */
  readonly l2Population: boolean;
  /** `[VXLAN] arp_responder`, which needs `l2Population`: who asks for a neighbour behind a tunnel is answered on this host. */
  readonly arpResponder: boolean;
  /** `[VXLAN] vxlan_group`: a multicast address or network; null floods nothing. */
  readonly group: string | null;
  /** `[VXLAN] multicast_ranges`: groups for ranges of VNIs, before `group`. */
  readonly multicastRanges: readonly { readonly group: string; readonly minimum: number; readonly maximum: number }[];
  /** `[VXLAN] ttl`; null leaves the choice to the kernel. */
  readonly ttl: number | null;
  /** `[VXLAN] tos`, or `[AGENT] dscp` << 2, or "inherit" (`[AGENT] dscp_inherit`). */
  readonly tos: number | 'inherit' | null;
  /** `[VXLAN] udp_dstport`. */
  readonly dstPort: number;
  /** `[VXLAN] udp_srcport_min` and `udp_srcport_max`; null leaves the choice to the kernel. */
  readonly srcPorts: { readonly minimum: number; readonly maximum: number } | null;
}

export interface FirewallSettings {
  /** False where `[SECURITYGROUP] firewall_driver` is noop or `enable_security_group` is off: addresses are still guarded. */
  readonly enabled: boolean;
  /** `[SECURITYGROUP] enable_ipset`. */
  readonly ipset: boolean;
}

/** The defaults of every setting, Neutron's where it has one. */
export const defaultSettings: LinuxBridgeSettings = {
  physicalInterfaceMappings: new Map(),
  bridgeMappings: new Map(),
  vxlan: {
    enabled: true, localIp: null, l2Population: false, arpResponder: false, group: '224.0.0.1', multicastRanges: [], ttl: null, tos: null,
    dstPort: 8472, srcPorts: null,
  },
  firewall: { enabled: true, ipset: true },
  pollingIntervalMs: 2_000,
  fullPassIntervalMs: 60_000,
  emptyBridgeLingerMs: 5_000,
  logAgentHeartbeats: false,
  devicesPerRequest: 100,
};
