import { macOfEui64 } from '@neutrino/lib/net/mac';
import { parseIp } from '@neutrino/lib/net/ip';
import type { IpamSubnet } from './ipam-subnet.ts';
import { isRouterInterface, type FixedIpRequest } from './requested-addresses.ts';

/** One element of a port's `fixed_ips`. */
export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface AddressChanges {
  readonly keep: readonly FixedIp[];
  readonly remove: readonly FixedIp[];
  readonly add: readonly FixedIpRequest[];
}

/**
 * What an update's `fixed_ips` means for the addresses a port has. An element without an address is met by one
 * that the port already has in that subnet. Addresses of auto-address subnets stay, asked for or not: the port
 * computes them whatever the API says.
 */
export function changedAddresses(
  current: readonly FixedIp[],
  wanted: readonly FixedIpRequest[],
  context: { readonly subnets: readonly IpamSubnet[]; readonly deviceOwner: string },
): AddressChanges {
  const rest = new Set(current);
  const keep: FixedIp[] = [];
  const add: FixedIpRequest[] = [];
  const take = (match: (ip: FixedIp) => boolean): boolean => {
    const found = [...rest].find(match);
    if (found === undefined) return false;
    rest.delete(found);
    keep.push(found);
    return true;
  };
  // Addresses named go first, lest an element without one takes theirs.
  for (const request of wanted.filter(({ ip_address }) => ip_address !== undefined)) {
    const same = take((ip) => ip.ip_address === request.ip_address && (request.subnet_id ?? ip.subnet_id) === ip.subnet_id);
    if (!same) add.push(request);
  }
  for (const request of wanted.filter(({ ip_address }) => ip_address === undefined)) {
    if (!take((ip) => ip.subnet_id === request.subnet_id)) add.push(request);
  }
  const auto = new Set(context.subnets.filter(({ autoAddress }) => autoAddress).map(({ id }) => id));
  const remove: FixedIp[] = [];
  for (const ip of rest) {
    if (auto.has(ip.subnet_id) && !isRouterInterface(context.deviceOwner)) keep.push(ip);
    else remove.push(ip);
  }
  return { keep, remove, add };
}

/** Addresses made from `mac`: they go when the port gets another MAC address. */
export function madeFromMac(addresses: readonly FixedIp[], mac: string): readonly FixedIp[] {
  return addresses.filter(({ ip_address }) => {
    const ip = parseIp(ip_address);
    return ip !== undefined && macOfEui64(ip) === mac;
  });
}
