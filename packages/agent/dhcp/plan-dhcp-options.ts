import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import { extraOptions, firstLine, isClientId, lines } from './plan-host-entries.ts';
import { allSubnets, ipVersion, isolatedSubnetIds, type MetadataPolicy } from './served-network.ts';

const ANY_IPV4 = '0.0.0.0/0';
const METADATA_CIDR = '169.254.169.254/32';
/** Microsoft's older number for option 121 (classless static routes). */
const WINDOWS_STATIC_ROUTES = '249';

export interface OptionsPolicy extends MetadataPolicy {
  readonly dnsDomain: string;
}

/** Contents of `--dhcp-optsfile`. `dhcpPort` is this host's, whose addresses answer metadata requests. */
export function renderOptions(network: DhcpNetwork, dhcpPort: DhcpPort, policy: OptionsPolicy): string {
  return lines([
    ...allSubnets(network).flatMap((subnet) => subnetOptions(network, subnet, dhcpPort, policy)),
    ...network.ports.toSorted((a, b) => (a.id < b.id ? -1 : 1)).flatMap(portOptions),
    ...sharedNameservers(network),
  ]);
}

function subnetOptions(network: DhcpNetwork, subnet: DhcpSubnet, dhcpPort: DhcpPort, policy: OptionsPolicy): readonly string[] {
  if (!subnet.enable_dhcp || subnet.ipv6_address_mode === 'slaac') return [];
  const option = (name: string, ...values: string[]): string => formatOption(subnet.ip_version, `subnet-${subnet.id}`, name, ...values);
  const options: string[] = [];
  if (subnet.dns_nameservers.length > 0) {
    options.push(announcesNoNameserver(subnet) ? option('dns-server') : option('dns-server', ...subnet.dns_nameservers.map(literal)));
  }
  if (subnet.ip_version === 6) {
    if (policy.dnsDomain !== '') options.push(option('domain-search', policy.dnsDomain));
    return options;
  }
  const gateway = subnet.gateway_ip ?? subnet.host_routes.find((route) => route.destination === ANY_IPV4)?.nexthop ?? null;
  const routes = staticRoutes({ network, subnet, dhcpPort, policy, gateway });
  if (routes.length > 0) {
    // A client that reads option 121 ignores the router option (RFC 3442), so the default route is here again.
    const all = (gateway === null ? routes : [...routes, `${ANY_IPV4},${gateway}`]).join(',');
    options.push(option('classless-static-route', all), option(WINDOWS_STATIC_ROUTES, all));
  }
  options.push(gateway === null ? option('router') : option('router', gateway));
  return options;
}

function staticRoutes(facts: {
  readonly network: DhcpNetwork;
  readonly subnet: DhcpSubnet;
  readonly dhcpPort: DhcpPort;
  readonly policy: OptionsPolicy;
  readonly gateway: string | null;
}): readonly string[] {
  const { network, subnet } = facts;
  const connected = allSubnets(network).filter((other) => other.ip_version === 4 && other.cidr !== subnet.cidr);
  const configured = subnet.host_routes.filter((route) => route.destination !== ANY_IPV4);
  const metadata = metadataNextHop(facts);
  return [
    ...connected.map((other) => `${other.cidr},0.0.0.0`),
    ...configured.map((route) => `${route.destination},${route.nexthop}`),
    ...(metadata === null ? [] : [`${METADATA_CIDR},${metadata}`]),
  ];
}

function metadataNextHop(facts: {
  readonly network: DhcpNetwork;
  readonly subnet: DhcpSubnet;
  readonly dhcpPort: DhcpPort;
  readonly policy: OptionsPolicy;
  readonly gateway: string | null;
}): string | null {
  const { network, subnet, dhcpPort, policy, gateway } = facts;
  const isolated = isolatedSubnetIds(network).has(subnet.id);
  if (policy.forceMetadata || (isolated && policy.enableIsolatedMetadata)) {
    return dhcpPort.fixed_ips.find((ip) => ip.subnet_id === subnet.id)?.ip_address ?? null;
  }
  return isolated ? null : gateway;
}

function portOptions(port: DhcpPort): readonly string[] {
  const versions = new Set(port.fixed_ips.map((ip) => ipVersion(ip.ip_address)));
  return extraOptions(port)
    .filter((option) => !isClientId(option.opt_name) && versions.has(option.ip_version))
    .map((option) => formatOption(option.ip_version, `port-${port.id}`, option.opt_name, option.opt_value));
}

/** Where several DHCP servers serve a subnet without name servers of its own, each announces all of them. */
function sharedNameservers(network: DhcpNetwork): readonly string[] {
  const servers = network.ports.filter((port) => port.device_owner === 'network:dhcp').flatMap((port) => port.fixed_ips);
  return allSubnets(network).flatMap((subnet) => {
    if (!subnet.enable_dhcp || subnet.ipv6_address_mode === 'slaac' || subnet.dns_nameservers.length > 0) return [];
    const addresses = servers.filter((ip) => ip.subnet_id === subnet.id).map((ip) => ip.ip_address).toSorted();
    return addresses.length < 2 ? [] : [formatOption(subnet.ip_version, `subnet-${subnet.id}`, 'dns-server', ...addresses.map(literal))];
  });
}

/** The one name server 0.0.0.0 (or ::) means: announce none, not even this DHCP server. */
function announcesNoNameserver(subnet: DhcpSubnet): boolean {
  return subnet.dns_nameservers.length === 1 && ['0.0.0.0', '::'].includes(subnet.dns_nameservers[0] ?? '');
}

function literal(address: string): string {
  return ipVersion(address) === 6 ? `[${address}]` : address;
}

/**
 * One line of an options file. The name may carry further tags of dnsmasq's in front (`tag:ipxe,bootfile-name`).
 * Names and values come from users: what follows a line break would be a line of their own.
 */
function formatOption(version: 4 | 6, tag: string, name: string, ...values: readonly string[]): string {
  const [, extraTags = '', option = ''] = /^((?:tag:[^,]*,)*)(.*)$/.exec(firstLine(name)) ?? [];
  const numeric = /^\d+$/.test(option);
  const qualified = version === 6 ? `option6:${option}` : numeric ? option : `option:${option}`;
  return [`tag:${tag}`, ...extraTags.split(',').filter(Boolean), qualified, ...values.map(firstLine)].join(',');
}
