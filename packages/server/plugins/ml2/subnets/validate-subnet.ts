import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { DNSNameServersExhausted, HostRoutesExhausted } from '@neutrino/lib/exceptions/subnet';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import { parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { isLoopback, isMulticast, parseIp, type IpVersion } from '@neutrino/lib/net/ip';
import { isAutoAddress } from '../../../ipam/ipam-subnet.ts';
import type { Ml2Settings } from '../settings.ts';

export interface Ipv6Modes {
  readonly ipv6_ra_mode: string | null;
  readonly ipv6_address_mode: string | null;
}

/** The prefix of a new subnet. Throws InvalidInput where it is no prefix of `version`, or one no subnet can have. */
export function checkedCidr(text: string, version: IpVersion): Cidr {
  const cidr = parseCidr(text);
  if (cidr === undefined) return invalid(`'${text}' is not a valid CIDR`);
  if (cidr.version !== version) return invalid(`cidr '${text}' does not match the ip_version '${String(version)}'`);
  if (cidr.prefixLength === 0) return invalid('0 is not allowed as CIDR prefix length');
  if (version === 6 && cidr.first === 0n) return invalid("IPv6 subnet '::' is not supported");
  return cidr;
}

/** What dnsmasq cannot serve addresses of. */
export function checkDhcpPossible(cidr: Cidr): void {
  const first = { version: cidr.version, value: cidr.first };
  if (cidr.prefixLength > (cidr.version === 4 ? 30 : 126)) invalid('Subnet has a prefix length that is incompatible with DHCP service enabled');
  if (isMulticast(first)) invalid('Multicast IP subnet is not supported if enable_dhcp is True');
  if (isLoopback(first)) invalid('Loopback IP subnet is not supported if enable_dhcp is True');
  if (cidr.version === 4 && cidr.first === 0n) invalid("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.");
}

/** Either mode alone, or both alike; only in IPv6, only with DHCP, and computed addresses only in a /64 (RFC 4862, 5.5.3). */
export function checkIpv6Modes(modes: Ipv6Modes, cidr: Cidr, enableDhcp: boolean): void {
  const { ipv6_ra_mode: ra, ipv6_address_mode: address } = modes;
  if (cidr.version === 4) {
    if (ra !== null) invalid('ipv6_ra_mode is not valid when ip_version is 4');
    if (address !== null) invalid('ipv6_address_mode is not valid when ip_version is 4');
    return;
  }
  if (ra === null && address === null) return;
  if (!enableDhcp) invalid('ipv6_ra_mode or ipv6_address_mode cannot be set when enable_dhcp is set to False');
  if (ra !== null && address !== null && ra !== address) {
    invalid(
      `ipv6_ra_mode set to '${ra}' with ipv6_address_mode set to '${address}' is not valid. If both attributes are set, they must be the same value`,
    );
  }
  if (isAutoAddress(modes) && cidr.prefixLength !== 64) {
    invalid('Invalid CIDR for IPv6 address mode. OpenStack uses the EUI-64 address format, which requires the prefix to be /64');
  }
}

export function checkedNameservers(settings: Ml2Settings, values: readonly Json[], version: IpVersion, subnetId: string): readonly string[] {
  if (values.length > settings.maxDnsNameservers) {
    throw new NeutronError(DNSNameServersExhausted, { subnet_id: subnetId, quota: settings.maxDnsNameservers });
  }
  return values.map((value) => {
    const ip = typeof value === 'string' ? parseIp(value) : undefined;
    if (ip === undefined) return invalid(`Error parsing dns address ${String(value)}`);
    if (ip.version !== version) return invalid(`dns_nameserver '${String(value)}' does not match the ip_version '${String(version)}'`);
    return String(value);
  });
}

/** Host routes as stored: destination and next hop, in the order given. */
export function checkedHostRoutes(settings: Ml2Settings, values: readonly Json[], version: IpVersion, subnetId: string): readonly JsonObject[] {
  if (values.length > settings.maxSubnetHostRoutes) {
    throw new NeutronError(HostRoutesExhausted, { subnet_id: subnetId, quota: settings.maxSubnetHostRoutes });
  }
  return values.map((value) => {
    const { destination, nexthop } = isJsonObject(value) ? value : {};
    const prefix = typeof destination === 'string' ? parseCidr(destination) : undefined;
    const hop = typeof nexthop === 'string' ? parseIp(nexthop) : undefined;
    if (prefix === undefined || hop === undefined) return invalid(`Invalid route: ${JSON.stringify(value)}`);
    if (hop.version !== version) return invalid(`nexthop '${String(nexthop)}' does not match the ip_version '${String(version)}'`);
    if (prefix.version !== version) return invalid(`destination '${String(destination)}' does not match the ip_version '${String(version)}'`);
    return { destination: String(destination), nexthop: String(nexthop) };
  });
}

export function invalid(message: string): never {
  throw new NeutronError(InvalidInput, { error_message: message });
}
