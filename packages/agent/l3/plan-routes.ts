import { cidrContains, cidrOf, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, canonicalIp, parseIp } from '@neutrino/lib/net/ip';
import type { RouterInfo, RouterPort } from '@neutrino/lib/rpc/router-payloads';
import { externalDevice, internalDevice } from './device-names.ts';
import type { RouterFacts } from './l3-settings.ts';

/** A route that the agent gives a router, beside those that follow its addresses by themselves. */
export interface PlannedRoute {
  readonly version: 4 | 6;
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

interface Connected {
  readonly prefix: Cidr;
  readonly device: string;
}

export function planRoutes(router: RouterInfo, internal: readonly RouterPort[], facts: Pick<RouterFacts, 'ipv6' | 'ipv6Gateway'>): readonly PlannedRoute[] {
  const gateway = router.gw_port ?? undefined;
  const connected = [
    ...internal.flatMap((port) => prefixesOf(port, internalDevice(port.id))),
    ...(gateway === undefined ? [] : [...prefixesOf(gateway, externalDevice(gateway.id)), ...extraPrefixes(gateway)]),
  ];
  const routes = new Map<string, PlannedRoute>();
  const add = (route: PlannedRoute): void => {
    if (route.version === 4 || facts.ipv6) routes.set(route.destination, route);
  };
  if (gateway !== undefined) {
    for (const { prefix, device } of extraPrefixes(gateway)) add({ version: prefix.version, destination: formatCidr(prefix), hops: [{ device, onLink: false }] });
    for (const route of defaultRoutes(gateway, facts)) add(route);
  }
  // Those that the project asked for come last: one of them may be for everything.
  for (const route of extraRoutes(router, connected)) add(route);
  return [...routes.values()].toSorted((a, b) => (a.destination < b.destination ? -1 : 1));
}

function prefixesOf(port: RouterPort, device: string): readonly Connected[] {
  return port.fixed_ips.flatMap(({ ip_address: address, prefixlen }) => {
    const ip = parseIp(address);
    return ip === undefined ? [] : [{ prefix: cidrOf(ip, prefixlen), device }];
  });
}

/** Subnets of the external network in which the router has no address: they are reached on its link all the same. */
function extraPrefixes(gateway: RouterPort): readonly Connected[] {
  const own = new Set(prefixesOf(gateway, '').map(({ prefix }) => formatCidr(prefix)));
  return gateway.extra_subnets.flatMap(({ cidr }) => {
    const prefix = parseCidr(cidr);
    return prefix === undefined || own.has(formatCidr(prefix)) ? [] : [{ prefix, device: externalDevice(gateway.id) }];
  });
}

function defaultRoutes(port: RouterPort, { ipv6Gateway }: Pick<RouterFacts, 'ipv6Gateway'>): readonly PlannedRoute[] {
  const device = externalDevice(port.id);
  const hops = port.subnets.flatMap(({ cidr, gateway_ip: text }) => {
    const [prefix, ip] = [parseCidr(cidr), parseIp(text ?? '')];
    return prefix === undefined || ip === undefined ? [] : [{ ip, via: canonicalIp(text ?? '') ?? '', onLink: !cidrContains(prefix, ip) }];
  });
  return ([4, 6] as const).flatMap((version): readonly PlannedRoute[] => {
    const hop = hops.findLast(({ ip }) => ip.version === version);
    const destination = version === 4 ? '0.0.0.0/0' : '::/0';
    // A link-local gateway is on the link without being told.
    if (hop !== undefined) return [{ version, destination, hops: [{ via: hop.via, device, onLink: hop.onLink && !hop.via.startsWith('fe80:') }] }];
    const via = version === 6 ? canonicalIp(ipv6Gateway) : undefined;
    return via === undefined ? [] : [{ version, destination, hops: [{ via, device, onLink: false }] }];
  });
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
