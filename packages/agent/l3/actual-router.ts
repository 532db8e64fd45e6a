import { formatIp, highestAddress } from '@neutrino/lib/net/ip';
import { readTap, type TapState } from '../linux/interface-driver.ts';
import { readLinks, type Link } from '../linux/link.ts';
import { namespaceExists, readNamespaceSysctls } from '../linux/netns.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { formatAddressBytes } from '../privileged/read-links.ts';
import { dumpRoutes, type RawRoute } from '../privileged/read-routes.ts';
import { dumpRules, type RawRule } from '../privileged/routing-rules.ts';
import { EXTERNAL_PREFIX, HA_PREFIX, INTERNAL_PREFIX } from './device-names.ts';
import type { ActualTables, NotedTables } from './noted-tables.ts';
import type { PlannedRoute } from './plan-routes.ts';
import { MAIN_TABLE } from './plan-rules.ts';
import type { RouterPlan } from './plan-router.ts';

/** What the kernel has of one router. */
export interface ActualRouter {
  readonly exists: boolean;
  readonly loopbackUp: boolean;
  readonly sysctls: ReadonlyMap<string, string | undefined>;
  /** The router's devices by name. */
  readonly links: ReadonlyMap<string, Link>;
  /** Their ends on the host, of the planned ones, by name. */
  readonly taps: ReadonlyMap<string, TapState>;
  /** Those that somebody made: not the kernel, nor an advertisement. In other tables than the main one, those that this agent made, or keepalived. In the kernel's order. */
  readonly routes: readonly ActualRoute[];
  readonly rules: readonly RawRule[];
  readonly tables: ActualTables;
}

export interface ActualRoute extends PlannedRoute {
  /** Who made it, a number of linux/rtnetlink.h. */
  readonly protocol: number;
}

export interface ReadFacts {
  readonly tables: NotedTables;
  readonly ipv6: boolean;
}

const noTables: ActualRouter['tables'] = { IPv4: new Map(), IPv6: new Map() };

export async function readRouter(plan: RouterPlan, { tables: noted, ipv6 }: ReadFacts): Promise<ActualRouter> {
  const { namespace } = plan;
  const taps = new Map(plan.devices.flatMap(({ tap }) => {
    const state = readTap(tap);
    return state === null ? [] : [[tap, state] as const];
  }));
  if (!namespaceExists(namespace)) return { exists: false, loopbackUp: false, sysctls: new Map(), links: new Map(), taps, routes: [], rules: [], tables: noTables };
  const tables = await noted.read(namespace, plan.tables);
  const { links, raw, rules } = inNamespace(namespace, () => ({ links: readLinks(), raw: [...dumpRoutes(4), ...(ipv6 ? dumpRoutes(6) : [])], rules: dumpRules() }));
  const names = new Map([...links.values()].map(({ index, name }) => [index, name]));
  return {
    exists: true,
    loopbackUp: links.get('lo')?.up ?? false,
    sysctls: readNamespaceSysctls(namespace, [...plan.sysctls.keys(), ...plan.devices.flatMap(({ sysctls }) => [...sysctls.keys()])]),
    links: new Map([...links].filter(([name]) => isOfRouter(name))),
    taps,
    routes: mergeHops(raw.filter(isMade).map((route) => toRoute(route, names))),
    rules,
    tables,
  };
}

/** The names of a router's devices in its namespace. */
export function routerDevices(namespace: string): readonly string[] {
  return [...inNamespace(namespace, readLinks).keys()].filter(isOfRouter);
}

function isOfRouter(name: string): boolean {
  return name.startsWith(INTERNAL_PREFIX) || name.startsWith(EXTERNAL_PREFIX) || name.startsWith(HA_PREFIX);
}

/** A redirect, the kernel for an address, an advertisement: RTPROT_… of linux/rtnetlink.h. */
const OF_ITSELF: ReadonlySet<number> = new Set([1, 2, 9]);
/** An administrator, as this agent calls itself. */
export const STATIC = 4;
export const KEEPALIVED = 18;
const OWN: ReadonlySet<number> = new Set([STATIC, KEEPALIVED]);

function isMade({ table, protocol }: RawRoute): boolean {
  return table === MAIN_TABLE ? !OF_ITSELF.has(protocol) : OWN.has(protocol);
}

function toRoute({ version, table, destination, prefixLength, protocol, hops }: RawRoute, names: ReadonlyMap<number, string>): ActualRoute {
  const nothing = formatIp({ version, value: highestAddress(version) & 0n });
  return {
    version,
    protocol,
    ...(table === MAIN_TABLE ? {} : { table }),
    destination: `${destination.length === 0 ? nothing : formatAddressBytes(destination)}/${prefixLength}`,
    hops: hops.map(({ index, gateway, onLink }) => ({ device: names.get(index) ?? '', onLink, ...(gateway.length === 0 ? {} : { via: formatAddressBytes(gateway) }) })),
  };
}

/** Some kernels tell an IPv6 route with several next hops as several routes. Of IPv4 several to one destination are several. */
function mergeHops(routes: readonly ActualRoute[]): readonly ActualRoute[] {
  const merged = [...Map.groupBy(routes.filter(({ version }) => version === 6), ({ table, destination }) => `${table ?? ''} ${destination}`).values()].flatMap((same) => {
    const [first] = same;
    return first === undefined ? [] : [{ ...first, hops: same.flatMap(({ hops }) => hops) }];
  });
  return [...routes.filter(({ version }) => version === 4), ...merged];
}
