import { cidrContains, cidrOf, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, canonicalIp, parseIp } from '@neutrino/lib/net/ip';
import type { RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { internalDevice } from './device-names.ts';
import type { Gateway } from './gateways.ts';
import type { RouterFacts } from './l3-settings.ts';

/** A route that the agent gives a router, beside those that follow its addresses by themselves. */
export interface PlannedRoute {
  readonly version: 4 | 6;
  /** Absent: the main one. */
  readonly table?: number;
  /** A prefix, or the prefix of everything. */
  readonly destination: string;
  /** More than one: packets are spread over them. */
  readonly hops: readonly RouteHop[];
}

export interface RouteHop {
  /** Absent: what is there is on the link. */
  readonly via?: string;
  readonly device: string;
  /** The next hop is outside every subnet of the device. */
  readonly onLink: boolean;
}

type RoutesFacts = Pick<RouterFacts, 'ipv6' | 'ipv6Gateway'>;

interface Connected {
  readonly prefix: Cidr;
  readonly device: string;
}

export function planRoutes(router: RouterInfo, internal: readonly RouterPort[], gateways: readonly Gateway[], facts: RoutesFacts): readonly PlannedRoute[] {
  const inside = internal.flatMap((port) => prefixesOf(port, internalDevice(port.id)));
  const main = routesBy(router, inside, gateways, router.enable_default_route_ecmp === true ? gateways : gateways.slice(0, 1), facts);
  if (gateways.length < 2) return main;
  // A table for each, for what has to leave by it: as if it were the only one, and nothing were inside.
  const tables = gateways.flatMap((gateway) => {
    const own = unique(prefixesOf(gateway.port, gateway.device).map(onLink));
    return [...own, ...routesBy(router, [], [gateway], [gateway], facts)].filter(({ version }) => version === 4 || facts.ipv6).map((route) => ({ ...route, table: gateway.number }));
  });
  return [...main, ...tables];
}

/** By these gateways, of which some are for everything. */
function routesBy(router: RouterInfo, inside: readonly Connected[], gateways: readonly Gateway[], forAll: readonly Gateway[], facts: RoutesFacts): readonly PlannedRoute[] {
  const extra = extraPrefixes(gateways);
  const connected = [...inside, ...gateways.flatMap(({ port, device }) => prefixesOf(port, device)), ...extra];
  const routes = new Map<string, PlannedRoute>();
  const add = (route: PlannedRoute): void => {
    if (route.version === 4 || facts.ipv6) routes.set(route.destination, route);
  };
  for (const route of [...unique(extra.map(onLink)), ...defaultRoutes(forAll, facts)]) add(route);
  // Those that the project asked for come last: one of them may be for everything.
  for (const route of extraRoutes(router, connected)) add(route);
  return [...routes.values()].toSorted((a, b) => (a.destination < b.destination ? -1 : 1));
}

function onLink({ prefix, device }: Connected): PlannedRoute {
  return { version: prefix.version, destination: formatCidr(prefix), hops: [{ device, onLink: false }] };
}

/** The first to each destination. */
function unique(routes: readonly PlannedRoute[]): readonly PlannedRoute[] {
  return [...new Map(routes.toReversed().map((route) => [route.destination, route])).values()].toReversed();
}

function prefixesOf(port: RouterPort, device: string): readonly Connected[] {
  return port.fixed_ips.flatMap(({ ip_address: address, prefixlen }) => {
    const ip = parseIp(address);
    return ip === undefined ? [] : [{ prefix: cidrOf(ip, prefixlen), device }];
  });
}

/** Subnets of the external networks in which the router has no address: they are reached on their links all the same. */
function extraPrefixes(gateways: readonly Gateway[]): readonly Connected[] {
  const own = new Set(gateways.flatMap(({ port, device }) => prefixesOf(port, device)).map(({ prefix }) => formatCidr(prefix)));
  return gateways.flatMap(({ port, device }) => port.extra_subnets.flatMap(({ cidr }) => {
    const prefix = parseCidr(cidr);
    return prefix === undefined || own.has(formatCidr(prefix)) ? [] : [{ prefix, device }];
  }));
}

/** Over all of these gateways that know of a next hop. */
function defaultRoutes(gateways: readonly Gateway[], facts: RoutesFacts): readonly PlannedRoute[] {
  return ([4, 6] as const).flatMap((version): readonly PlannedRoute[] => {
    const hops = gateways.flatMap((gateway) => defaultHop(gateway, version, facts) ?? []);
    return hops.length === 0 ? [] : [{ version, destination: defaultDestination(version), hops }];
  });
}

export function defaultDestination(version: 4 | 6): string {
  return version === 4 ? '0.0.0.0/0' : '::/0';
}

function defaultHop({ port, device }: Gateway, version: 4 | 6, { ipv6Gateway }: RoutesFacts): RouteHop | undefined {
  const hops = port.subnets.flatMap(({ cidr, gateway_ip: text }) => {
    const [prefix, ip] = [parseCidr(cidr), parseIp(text ?? '')];
    return prefix === undefined || ip === undefined ? [] : [{ ip, via: canonicalIp(text ?? '') ?? '', onLink: !cidrContains(prefix, ip) }];
  });
  const hop = hops.findLast(({ ip }) => ip.version === version);
  // A link-local gateway is on the link without being told.
  if (hop !== undefined) return { via: hop.via, device, onLink: hop.onLink && !hop.via.startsWith('fe80:') };
  const via = version === 6 ? canonicalIp(ipv6Gateway) : undefined;
  return via === undefined ? undefined : { via, device, onLink: false };
}

/** A next hop that is on none of the router's subnets can be reached by no route: its interface is switched off. */
function extraRoutes(router: RouterInfo, connected: readonly Connected[]): readonly PlannedRoute[] {
  const byDestination = new Map<string, { readonly version: 4 | 6; readonly hops: RouteHop[] }>();
  for (const { destination, nexthop } of router.routes ?? []) {
    const [prefix, ip, via] = [parseCidr(destination), parseIp(nexthop), canonicalIp(nexthop)];
    if (prefix === undefined || ip === undefined || via === undefined) continue;
    const on = connected.filter((candidate) => cidrContains(candidate.prefix, ip)).toSorted((a, b) => b.prefix.prefixLength - a.prefix.prefixLength)[0];
    if (on === undefined || isItself(prefix, ip.value)) continue;
    const entry = byDestination.get(formatCidr(prefix)) ?? { version: prefix.version, hops: [] };
    entry.hops.push({ via, device: on.device, onLink: false });
    byDestination.set(formatCidr(prefix), entry);
  }
  return [...byDestination].map(([destination, { version, hops }]) => ({ version, destination, hops: hops.toSorted((a, b) => ((a.via ?? '') < (b.via ?? '') ? -1 : 1)) }));
}

function isItself(prefix: Cidr, value: bigint): boolean {
  return prefix.prefixLength === addressBits(prefix.version) && prefix.first === value;
}
