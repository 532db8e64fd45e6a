import type { FixedIp, Ipv6Mode } from './payloads.ts';

/** What q-l3-plugin `sync_routers(host, router_ids)` answers, in Neutron's own field names. What no agent here reads is left out. */

export interface RouterInfo {
  readonly id: string;
  readonly admin_state_up: boolean;
  readonly ha?: boolean;
  readonly distributed?: boolean;
  /** Number of a highly available router among those of its project. */
  readonly ha_vr_id?: number | null;
  /** The port by which this host's copy watches the others. */
  readonly _ha_interface?: RouterPort | null;
  /** What this host's copy was said to be: "active", "standby" or "unknown". */
  readonly _ha_state?: string | null;
  readonly gw_port?: RouterPort | null;
  /** The gateways after the first; Neutron's server has none. */
  readonly extra_gw_ports?: readonly RouterPort[];
  /** Whether the default routes of all gateways are used together; otherwise that of the first is the only one. */
  readonly enable_default_route_ecmp?: boolean | null;
  /** Absent means true. */
  readonly enable_snat?: boolean | null;
  readonly external_gateway_info?: { readonly network_id: string } | null;
  readonly routes?: readonly RouterRoute[];
  readonly _interfaces?: readonly RouterPort[];
  readonly _floatingips?: readonly RouterFloatingIp[];
  /** Of what it was put together from, at the latest (`router-revisions.ts`); Neutron's server has none. */
  readonly _revision?: string;
  /** Those of which ports lead inside. */
  readonly _pf_floatingips?: readonly ForwardingFloatingIp[];
  readonly conntrack_helpers?: readonly RouterConntrackHelper[];
  /** Not of the answer: agents ask for them apart, as objects. */
  readonly port_forwardings?: readonly RouterPortForwarding[];
}

export interface RouterRoute {
  readonly destination: string;
  readonly nexthop: string;
}

export interface RouterPort {
  readonly id: string;
  readonly network_id: string;
  readonly mac_address: string;
  readonly admin_state_up: boolean;
  readonly mtu: number;
  readonly fixed_ips: readonly (FixedIp & { readonly prefixlen: number })[];
  /** Those that the port has addresses of. */
  readonly subnets: readonly RouterSubnet[];
  /** The others of its network. */
  readonly extra_subnets: readonly RouterSubnet[];
  /** By IP version; null where it has none. */
  readonly address_scopes?: Readonly<Record<string, string | null>>;
}

export interface RouterSubnet {
  readonly id: string;
  readonly cidr: string;
  readonly gateway_ip: string | null;
  readonly dns_nameservers: readonly string[];
  readonly ipv6_ra_mode: Ipv6Mode | null;
}

export interface RouterFloatingIp {
  readonly id: string;
  readonly floating_network_id?: string;
  readonly floating_ip_address: string;
  readonly fixed_ip_address: string;
  readonly fixed_ip_address_scope?: string | null;
  readonly status: string;
}

export interface ForwardingFloatingIp {
  readonly id: string;
  readonly floating_network_id?: string;
  readonly floating_ip_address: string;
  readonly status: string;
}

/** Ports of a floating IP that lead to ports of an address inside. */
export interface RouterPortForwarding {
  readonly id: string;
  readonly protocol: string;
  readonly floatingAddress: string;
  readonly external: { readonly first: number; readonly last: number };
  readonly internalAddress: string;
  readonly internal: { readonly first: number; readonly last: number };
}

export interface RouterConntrackHelper {
  readonly protocol: string;
  readonly port: number;
  readonly helper: string;
}
