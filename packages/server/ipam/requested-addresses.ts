import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { AllocationOnAutoAddressSubnet, InvalidIpForNetwork, InvalidIpForSubnet } from '@neutrino/lib/exceptions/ip-allocation';
import { cidrContains } from '@neutrino/lib/net/cidr';
import { formatIp, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import { rangeContains } from '@neutrino/lib/net/ip-range';
import { eui64Address } from '@neutrino/lib/net/mac';
import { usableRange } from './allocation-pools.ts';
import type { IpamSubnet } from './ipam-subnet.ts';
import { subnetsForPort } from './service-subnets.ts';

/** One element of `fixed_ips` as a request has it. */
export interface FixedIpRequest {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

/** An address a port is to get. */
export type AddressWish =
  | { readonly kind: 'this'; readonly subnet: IpamSubnet; readonly ip: IpAddress }
  /** From the pools of the first of these that has a free one. */
  | { readonly kind: 'any'; readonly subnets: readonly IpamSubnet[] }
  /** What the port computes for itself from its MAC address. */
  | { readonly kind: 'eui64'; readonly subnet: IpamSubnet };

export interface AddressOwner {
  readonly networkId: string;
  readonly macAddress: string;
  readonly deviceOwner: string;
}

const routerInterfaceOwners: ReadonlySet<string> = new Set([
  'network:router_interface',
  'network:router_interface_distributed',
  'network:ha_router_replicated_interface',
  'network:router_centralized_snat',
]);

/** Whose addresses lead elsewhere; the port by which copies of a router watch one another is none of them. */
export const routerPortOwners: ReadonlySet<string> = new Set([...routerInterfaceOwners, 'network:router_gateway']);

export function isRouterInterface(deviceOwner: string): boolean {
  return routerInterfaceOwners.has(deviceOwner);
}

/**
 * What a new port gets. Without `fixed_ips`: one address of each IP version that has subnets with pools to
 * take it from. In any case one of every auto-address subnet, except for router ports, whose address is the gateway's.
 */
export function wishesOfNewPort(owner: AddressOwner, all: readonly IpamSubnet[], fixedIps: readonly FixedIpRequest[] | undefined): readonly AddressWish[] {
  const subnets = subnetsForPort(owner, all);
  const wishes: AddressWish[] = [];
  if (fixedIps === undefined) {
    for (const version of [4, 6] as const) {
      const candidates = subnets.filter((subnet) => subnet.version === version && !subnet.autoAddress);
      if (candidates.length > 0) wishes.push({ kind: 'any', subnets: candidates });
    }
  } else {
    wishes.push(...explicitWishes(owner, subnets, fixedIps));
  }
  return [...wishes, ...autoAddressWishes(owner, subnets, wishes)];
}

/** The elements of `fixed_ips`, each resolved to its subnet. Auto-address subnets named without an address are left to `autoAddressWishes`. */
export function explicitWishes(owner: AddressOwner, subnets: readonly IpamSubnet[], fixedIps: readonly FixedIpRequest[]): readonly AddressWish[] {
  const wishes: AddressWish[] = [];
  for (const fixed of fixedIps) {
    const ip = fixed.ip_address === undefined ? undefined : parseIp(fixed.ip_address);
    const subnet = subnetOfRequest(owner, subnets, fixed, ip);
    const router = isRouterInterface(owner.deviceOwner);
    if (ip === undefined) {
      if (router || !subnet.autoAddress) wishes.push({ kind: 'any', subnets: [subnet] });
      continue;
    }
    if (subnet.autoAddress && !router && formatIp(ip) !== eui64Address(subnet.cidr, owner.macAddress)) {
      throw new NeutronError(AllocationOnAutoAddressSubnet, { ip: formatIp(ip), subnet_id: subnet.id });
    }
    wishes.push({ kind: 'this', subnet, ip });
  }
  return wishes;
}

/** An address of every auto-address subnet that `handled` does not already take one of. */
export function autoAddressWishes(owner: AddressOwner, subnets: readonly IpamSubnet[], handled: readonly AddressWish[]): readonly AddressWish[] {
  if (isRouterInterface(owner.deviceOwner)) return [];
  const taken = new Set(handled.flatMap((wish) => (wish.kind === 'this' ? [wish.subnet.id] : [])));
  return subnets.filter((subnet) => subnet.autoAddress && !taken.has(subnet.id)).map((subnet) => ({ kind: 'eui64', subnet }));
}

function subnetOfRequest(owner: AddressOwner, subnets: readonly IpamSubnet[], fixed: FixedIpRequest, ip: IpAddress | undefined): IpamSubnet {
  if (subnets.length === 0) throw new NeutronError(InvalidInput, { error_message: 'IP allocation requires subnets for network' });
  if (fixed.subnet_id !== undefined) {
    const subnet = subnets.find(({ id }) => id === fixed.subnet_id);
    if (subnet === undefined) {
      throw new NeutronError(InvalidInput, {
        error_message: `Failed to create port on network ${owner.networkId}, because fixed_ips included invalid subnet ${fixed.subnet_id}`,
      });
    }
    if (ip !== undefined && !canHold(subnet, ip, owner.deviceOwner)) {
      throw new NeutronError(InvalidIpForSubnet, { ip_address: formatIp(ip) });
    }
    return subnet;
  }
  if (ip === undefined) throw new NeutronError(InvalidInput, { error_message: 'IP allocation requires subnet_id or ip_address' });
  const subnet = subnets.find((candidate) => canHold(candidate, ip, owner.deviceOwner));
  if (subnet === undefined) throw new NeutronError(InvalidIpForNetwork, { ip_address: formatIp(ip) });
  return subnet;
}

/** An address asked for need not lie in a pool. A router may have IPv6's subnet-router anycast address. */
function canHold(subnet: IpamSubnet, ip: IpAddress, deviceOwner: string): boolean {
  if (subnet.version === 6 && (deviceOwner === '' || routerPortOwners.has(deviceOwner))) return cidrContains(subnet.cidr, ip);
  return rangeContains(usableRange(subnet.cidr), ip);
}
