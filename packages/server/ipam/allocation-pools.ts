import { InvalidAllocationPool, InvalidInput } from '@neutrino/lib/exceptions/generic';
import { GatewayConflictWithAllocationPools, OutOfBoundsAllocationPool, OverlappingAllocationPools } from '@neutrino/lib/exceptions/subnet';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { cidrContains, formatCidr, lastAddress, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, formatIp, highestAddress, parseIp, type IpAddress } from '@neutrino/lib/net/ip';
import { parseRange, poolsWithout, rangeContains, rangeOfAddress, rangesOverlap, type IpRange } from '@neutrino/lib/net/ip-range';

/** A pool as the API shows it. */
export interface PoolBody {
  readonly start: string;
  readonly end: string;
}

/**
 * The addresses of a subnet that ports can have: in IPv4 not the network and broadcast address (where the
 * prefix leaves room for them, RFC 3021), in IPv6 not the subnet-router anycast address (RFC 4291, 2.6.1).
 */
export function usableRange(cidr: Cidr): IpRange {
  const last = lastAddress(cidr);
  const hostBits = addressBits(cidr.version) - cidr.prefixLength;
  if (hostBits === 0) return { version: cidr.version, first: cidr.first, last };
  if (cidr.version === 6) return { version: 6, first: cidr.first + 1n, last };
  return hostBits === 1 ? { version: 4, first: cidr.first, last } : { version: 4, first: cidr.first + 1n, last: last - 1n };
}

/** Everything usable but the gateway. */
export function defaultPools(cidr: Cidr, gateway: IpAddress | undefined): readonly IpRange[] {
  return poolsWithout(usableRange(cidr), gateway === undefined ? [] : [rangeOfAddress(gateway)]);
}

/**
 * The gateway of a subnet that does not say. In IPv4 the address after the prefix's first, which in a single-address prefix lies
 * outside; in IPv6 the subnet-router anycast address, which every router answers to (RFC 4291, 2.6.1).
 */
export function defaultGateway(cidr: Cidr): IpAddress | undefined {
  return cidr.version === 6 ? { version: 6, value: cidr.first } : secondAddress(cidr);
}

/** The gateway of a subnet whose prefix a pool chose, in IPv6 too; undefined beyond the last address that there is. */
export function secondAddress(cidr: Cidr): IpAddress | undefined {
  const value = cidr.first + 1n;
  return value > highestAddress(cidr.version) ? undefined : { version: cidr.version, value };
}

/** Reads pools as asked for and throws what Neutron throws where one is no range, leaves the subnet or meets another. */
export function checkedPools(pools: readonly PoolBody[], cidr: Cidr): readonly IpRange[] {
  const usable = usableRange(cidr);
  const ranges = pools.map((pool) => {
    const range = parseRange(pool.start, pool.end);
    if (range === undefined || range.version !== cidr.version) throw new NeutronError(InvalidAllocationPool, { pool: poolText(pool) });
    if (!rangeContains(usable, range)) {
      throw new NeutronError(OutOfBoundsAllocationPool, { pool: rangeText(range), subnet_cidr: formatCidr(cidr) });
    }
    return range;
  });
  for (const [index, one] of ranges.entries()) {
    const other = ranges.slice(index + 1).find((range) => rangesOverlap(one, range));
    if (other) {
      throw new NeutronError(OverlappingAllocationPools, { pool_1: rangeText(one), pool_2: rangeText(other), subnet_cidr: formatCidr(cidr) });
    }
  }
  return ranges;
}

export function checkGatewayOutsidePools(gateway: IpAddress, pools: readonly IpRange[]): void {
  const pool = pools.find((range) => rangeContains(range, gateway));
  if (pool) throw new NeutronError(GatewayConflictWithAllocationPools, { pool: rangeText(pool), ip_address: formatIp(gateway) });
}

/** In IPv4 a gateway inside the subnet is neither its network nor its broadcast address. Outside the subnet it is anything. */
export function checkGateway(gateway: string, cidr: Cidr): IpAddress {
  const ip = parseIp(gateway);
  if (ip === undefined || ip.version !== cidr.version) {
    throw new NeutronError(InvalidInput, {
      error_message: `gateway_ip '${gateway}' does not match the ip_version '${String(cidr.version)}'`,
    });
  }
  if (ip.version === 4 && cidrContains(cidr, ip) && (ip.value === cidr.first || ip.value === lastAddress(cidr))) {
    throw new NeutronError(InvalidInput, { error_message: 'Gateway is not valid on subnet' });
  }
  return ip;
}

export function poolBody(range: IpRange): { readonly start: string; readonly end: string } {
  const { version } = range;
  return { start: formatIp({ version, value: range.first }), end: formatIp({ version, value: range.last }) };
}

function rangeText(range: IpRange): string {
  return poolText(poolBody(range));
}

function poolText({ start, end }: PoolBody): string {
  return `${start}-${end}`;
}
