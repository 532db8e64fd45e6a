import type { DhcpNetwork, DhcpPort, DhcpSubnet } from '@neutrino/lib/rpc/payloads';
import { allSubnets, ipVersion, servedPorts } from './served-network.ts';

/** One address (or, for `addresses` of one IPv6 subnet, several) of a port, as dnsmasq is to know it. */
export interface HostEntry {
  readonly port: DhcpPort;
  readonly subnet: DhcpSubnet | undefined;
  readonly addresses: readonly string[];
  readonly hostname: string;
  readonly fqdn: string;
  /** dnsmasq leases the address; otherwise the instance has it from a router advertisement. */
  readonly leased: boolean;
  /** The instance asks by DHCP, if only for options. */
  readonly takesOptions: boolean;
}

/** Every address of every port that is served, in a stable order. */
export function hostEntries(network: DhcpNetwork, dnsDomain: string, mergeIpv6Addresses = false): readonly HostEntry[] {
  const subnets = new Map(allSubnets(network).map((subnet) => [subnet.id, subnet]));
  return servedPorts(network).flatMap((port) =>
    addressGroups(port, subnets, mergeIpv6Addresses).map(([subnet, addresses]) => {
      const mode = subnet?.ip_version === 6 ? subnet.ipv6_address_mode : null;
      return {
        port,
        subnet,
        addresses,
        ...names(port, addresses, dnsDomain),
        leased: mode !== 'slaac' && mode !== 'dhcpv6-stateless',
        takesOptions: mode !== 'slaac',
      };
    }),
  );
}

/** The `client-id` that the port's extra DHCP options give it. */
function clientId(port: DhcpPort): string | undefined {
  return extraOptions(port).find((option) => isClientId(option.opt_name))?.opt_value;
}

/** DHCP option 61 belongs to the host entry; it is no option to send. */
export function isClientId(optionName: string): boolean {
  return optionName === 'client-id' || optionName === '61';
}

export function extraOptions(port: DhcpPort): DhcpPort['extra_dhcp_opts'] {
  return port.extra_dhcp_opts ?? [];
}

/** Contents of `--dhcp-hostsfile`: who gets which address. */
export function renderHosts(network: DhcpNetwork, dnsDomain: string, mergeIpv6Addresses: boolean): string {
  return lines(hostEntries(network, dnsDomain, mergeIpv6Addresses).flatMap(hostLine));
}

/** Contents of `--addn-hosts`: the names of all addresses, leased here or not. */
export function renderAdditionalHosts(network: DhcpNetwork, dnsDomain: string): string {
  // A reverse look-up answers with the first name of the line.
  return lines(hostEntries(network, dnsDomain).flatMap((entry) => entry.addresses.map((ip) => `${ip}\t${entry.fqdn} ${entry.hostname}`)));
}

function hostLine(entry: HostEntry): readonly string[] {
  const { port, subnet } = entry;
  const tagged = extraOptions(port).some((option) => !isClientId(option.opt_name));
  const onlyForIpv6 = subnet?.ip_version === 6 ? ['tag:dhcpv6'] : [];
  const setTag = tagged ? [`set:port-${port.id}`] : [];
  if (!entry.leased) {
    return entry.takesOptions && tagged ? [[port.mac_address, ...onlyForIpv6, ...setTag].join(',')] : [];
  }
  if (subnet === undefined || !subnet.enable_dhcp) return [];
  const id = clientId(port);
  const addresses = entry.addresses.map((ip) => (ipVersion(ip) === 6 ? `[${ip}]` : ip));
  return [
    [port.mac_address, ...onlyForIpv6, ...(id === undefined ? [] : [`id:${firstLine(id)}`]), entry.fqdn, ...addresses, ...setTag].join(','),
  ];
}

/**
 * The addresses of a port that make one entry each. dnsmasq reads its hosts file from the end and takes the
 * first entry with the client's MAC address: entries without an address (stateless DHCPv6) must stand first.
 */
function addressGroups(
  port: DhcpPort,
  subnets: ReadonlyMap<string, DhcpSubnet>,
  mergeIpv6Addresses: boolean,
): readonly (readonly [DhcpSubnet | undefined, readonly string[]])[] {
  const groups: [DhcpSubnet | undefined, string[]][] = [];
  for (const { subnet_id, ip_address } of port.fixed_ips) {
    const subnet = subnets.get(subnet_id);
    const mergeable = mergeIpv6Addresses && subnet?.ipv6_address_mode === 'dhcpv6-stateful';
    const group = mergeable ? groups.find(([other]) => other === subnet) : undefined;
    if (group === undefined) groups.push([subnet, [ip_address]]);
    else group[1].push(ip_address);
  }
  const isStateless = (subnet: DhcpSubnet | undefined): boolean => subnet?.ipv6_address_mode === 'dhcpv6-stateless';
  return groups.toSorted(([a], [b]) => Number(isStateless(b)) - Number(isStateless(a)));
}

function names(port: DhcpPort, addresses: readonly string[], dnsDomain: string): { hostname: string; fqdn: string } {
  const assigned = port.dns_assignment?.find((assignment) => addresses.includes(assignment.ip_address));
  if (assigned !== undefined) return { hostname: assigned.hostname, fqdn: assigned.fqdn };
  const hostname = `host-${(addresses[0] ?? '').replace(/[.:]/g, '-')}`;
  return { hostname, fqdn: dnsDomain === '' ? hostname : `${hostname}.${dnsDomain}` };
}

export function firstLine(text: string): string {
  return text.split(/[\r\n\0]/, 1)[0] ?? '';
}

export function lines(list: readonly string[]): string {
  return list.map((line) => `${line}\n`).join('');
}
