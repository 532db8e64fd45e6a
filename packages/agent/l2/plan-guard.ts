import { lastAddress, parseCidr } from '@neutrino/lib/net/cidr';
import { canonicalMac, eui64Address } from '@neutrino/lib/net/mac';
import { parseIp } from '@neutrino/lib/net/ip';
import type { DeviceDetails } from '@neutrino/lib/rpc/payloads';
import type { Wiring } from './plan-wiring.ts';
import { allowedSources, isFiltered, type Port } from './port.ts';

/**
 * What the bridge guard lets each device claim: its MAC addresses, and the addresses that it may own in ARP
 * and neighbour discovery. Elements are canonical text, `device|mac` and `device|first-last` in decimal.
 */
export interface GuardSets {
  /** Devices that are named like ports' and are none's: nobody hears them. */
  readonly silenced: ReadonlySet<string>;
  /** Devices that are held to the other sets. */
  readonly guarded: ReadonlySet<string>;
  readonly sources: ReadonlySet<string>;
  readonly senders: ReadonlySet<string>;
  readonly neighbours: ReadonlySet<string>;
  /** Taps and uplinks of bridges on which the host itself hears nothing. */
  readonly secluded: ReadonlySet<string>;
}

interface Range {
  readonly first: bigint;
  readonly last: bigint;
}

const linkLocal = { version: 6, first: 0xfe80n << 112n, prefixLength: 64 } as const;

export function planGuard(ports: Iterable<Port>, { bridges, taps, uplinks }: Pick<Wiring, 'bridges' | 'taps' | 'uplinks'>, silenced: ReadonlySet<string> = new Set()): GuardSets {
  const guarded = new Set<string>();
  const sources = new Set<string>();
  const senders = new Set<string>();
  const neighbours = new Set<string>();
  const plugged = [...taps.values(), ...uplinks.values()].filter(({ bridge }) => bridges.get(bridge)?.secluded === true);
  const secluded = new Set(plugged.map(({ name }) => name));
  for (const port of ports) {
    if (!isFiltered(port)) continue;
    const claims = claimsOf(port.details);
    guarded.add(port.details.device);
    for (const element of claims.sources) sources.add(element);
    for (const element of claims.senders) senders.add(element);
    for (const element of claims.neighbours) neighbours.add(element);
  }
  return { silenced, guarded, sources, senders, neighbours, secluded };
}

type Claims = Readonly<Record<'sources' | 'senders' | 'neighbours', readonly string[]>>;

const knownClaims = new WeakMap<DeviceDetails, Claims>();

/** Worked out once for what the server says of a port. */
function claimsOf(details: DeviceDetails): Claims {
  const known = knownClaims.get(details);
  if (known !== undefined) return known;
  const { device, mac_address } = details;
  const pairs = allowedSources(details);
  const macs = [...new Set([mac_address, ...pairs.map((pair) => pair.mac_address)].flatMap((mac) => canonicalMac(mac) ?? []))];
  const addresses = pairs.map((pair) => pair.ip_address);
  const claims = {
    sources: macs.map((mac) => `${device}|${mac}`),
    senders: ranges(4, addresses).map((range) => element(device, range)),
    neighbours: ranges(6, [...macs.map((mac) => eui64Address(linkLocal, mac)), ...addresses]).map((range) => element(device, range)),
  };
  knownClaims.set(details, claims);
  return claims;
}

function element(device: string, range: Range): string {
  return `${device}|${range.first}-${range.last}`;
}

/** The addresses of one version as ranges of which none touches another: an interval set refuses overlaps. */
function ranges(version: 4 | 6, texts: readonly string[]): readonly Range[] {
  const all = texts.flatMap((text): Range[] => {
    const cidr = parseCidr(text);
    return cidr?.version === version ? [{ first: cidr.first, last: lastAddress(cidr) }] : [];
  });
  all.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  const merged: Range[] = [];
  for (const range of all) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1n) {
      merged[merged.length - 1] = { first: before.first, last: range.last > before.last ? range.last : before.last };
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** The number of an address as text; undefined where it is none. */
export function addressValue(text: string): bigint | undefined {
  return parseIp(text)?.value;
}
