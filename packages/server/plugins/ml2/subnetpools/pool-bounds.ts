import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { EmptySubnetPoolPrefixList, IllegalSubnetPoolPrefixBounds, PrefixVersionMismatch } from '@neutrino/lib/exceptions/subnetpool';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { compactCidrs } from '@neutrino/lib/net/cidr-blocks';
import { addressBits, type IpVersion } from '@neutrino/lib/net/ip';
import { optionalNumber } from '../request-values.ts';

/** How large and how small the subnets of a pool may be. */
export interface PoolBounds {
  readonly min_prefixlen: number;
  readonly max_prefixlen: number;
  readonly default_prefixlen: number;
}

const defaultMinimum = { 4: 8, 6: 64 } as const;

/** Prefixes of one IP version, joined where they can be. Throws EmptySubnetPoolPrefixList and PrefixVersionMismatch. */
export function checkedPrefixes(prefixes: readonly Cidr[]): { readonly version: IpVersion; readonly prefixes: readonly Cidr[] } {
  const [first] = prefixes;
  if (first === undefined) throw new NeutronError(EmptySubnetPoolPrefixList);
  if (prefixes.some(({ version }) => version !== first.version)) throw new NeutronError(PrefixVersionMismatch);
  return { version: first.version, prefixes: compactCidrs(prefixes) };
}

/** The bounds that a request leaves a pool with. Throws IllegalSubnetPoolPrefixBounds where one lies beyond another. */
export function checkedBounds(request: JsonObject, version: IpVersion, before?: PoolBounds): PoolBounds {
  const most = addressBits(version);
  const min_prefixlen = optionalNumber(request, 'min_prefixlen') ?? before?.min_prefixlen ?? defaultMinimum[version];
  const max_prefixlen = optionalNumber(request, 'max_prefixlen') ?? before?.max_prefixlen ?? most;
  const default_prefixlen = optionalNumber(request, 'default_prefixlen') ?? before?.default_prefixlen ?? min_prefixlen;
  refuseBeyond(min_prefixlen > max_prefixlen, ['min_prefixlen', min_prefixlen], ['max_prefixlen', max_prefixlen]);
  refuseBeyond(max_prefixlen > most, ['max_prefixlen', max_prefixlen], ['ip_version_max', most]);
  refuseBeyond(default_prefixlen < min_prefixlen, ['default_prefixlen', default_prefixlen], ['min_prefixlen', min_prefixlen]);
  refuseBeyond(default_prefixlen > max_prefixlen, ['default_prefixlen', default_prefixlen], ['max_prefixlen', max_prefixlen]);
  return { min_prefixlen, max_prefixlen, default_prefixlen };
}

/** Prefixes as a validated request has them. */
export function prefixesIn(values: readonly Json[]): readonly Cidr[] {
  return values.flatMap((value) => (typeof value === 'string' ? (parseCidr(value) ?? []) : []));
}

type Bound = readonly [name: string, length: number];

function refuseBeyond(isBeyond: boolean, [prefix_type, prefixlen]: Bound, [base_prefix_type, base_prefixlen]: Bound): void {
  if (isBeyond) throw new NeutronError(IllegalSubnetPoolPrefixBounds, { prefix_type, prefixlen, base_prefix_type, base_prefixlen });
}
