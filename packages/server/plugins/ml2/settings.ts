/** What ML2 is told by the configuration: sections [ml2], [ml2_type_*], and some of [DEFAULT]. */
export interface Ml2Settings {
  readonly typeDrivers: readonly string[];
  /** Types of networks that do not ask for one, in order of trial. */
  readonly tenantNetworkTypes: readonly string[];
  readonly mechanismDrivers: readonly string[];
  readonly extensionDrivers: readonly string[];
  /** Type of external networks that do not ask for one; undefined: as other networks. */
  readonly externalNetworkType?: string;
  /** Bytes; 0: unlimited. */
  readonly globalPhysnetMtu: number;
  /** Largest packet of the underlay between hosts, in bytes; 0: as globalPhysnetMtu. */
  readonly pathMtu: number;
  readonly physicalNetworkMtus: Readonly<Record<string, number>>;
  readonly overlayIpVersion: 4 | 6;
  /** Names of physical networks that flat networks may use; ["*"]: any. */
  readonly flatNetworks: readonly string[];
  /** `<physical network>[:<first>:<last>]`. Without a range only provider networks use it. */
  readonly networkVlanRanges: readonly string[];
  /** `<first>:<last>`. */
  readonly vniRanges: readonly string[];
  /** `<first>:<last>`. */
  readonly tunnelIdRanges: readonly string[];
  readonly baseMac: string;
  readonly maxDnsNameservers: number;
  readonly maxSubnetHostRoutes: number;
  readonly maxAllowedAddressPairs: number;
  /** Networks may ask for VLAN tags of the instances' own to pass. */
  readonly vlanTransparent: boolean;
  /** The domain of the names of ports; with or without the period at its end. */
  readonly dnsDomain: string;
  /** IPv6 subnets that ask for the default pool get their prefix by delegation. */
  readonly ipv6PrefixDelegation: boolean;
}

/** Neutron's defaults, with VXLAN for networks of projects. */
export const defaultMl2Settings: Ml2Settings = Object.freeze({
  typeDrivers: ['local', 'flat', 'vlan', 'vxlan'],
  tenantNetworkTypes: ['vxlan'],
  mechanismDrivers: ['linuxbridge'],
  extensionDrivers: ['port_security'],
  globalPhysnetMtu: 1500,
  pathMtu: 0,
  physicalNetworkMtus: {},
  overlayIpVersion: 4,
  flatNetworks: ['*'],
  networkVlanRanges: [],
  vniRanges: ['1:1000'],
  tunnelIdRanges: [],
  baseMac: 'fa:16:3e:00:00:00',
  maxDnsNameservers: 5,
  maxSubnetHostRoutes: 20,
  maxAllowedAddressPairs: 10,
  vlanTransparent: false,
  dnsDomain: 'openstacklocal',
  ipv6PrefixDelegation: false,
});
