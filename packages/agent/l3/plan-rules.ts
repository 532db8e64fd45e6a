import { canonicalIp, parseIp } from '@neutrino/lib/net/ip';
import type { RouterInfo } from '@neutrino/lib/rpc/router-payloads';
import type { RawRule } from '../privileged/routing-rules.ts';
import { chosenMark, GATEWAY_MASK } from './gateway-numbers.ts';
import { type Gateway, gatewayOfFloatingIp } from './gateways.ts';
import { defaultDestination, type PlannedRoute } from './plan-routes.ts';

/** Which packets look into which routing table: ip-rule(8). */
export type PlannedRule = RawRule;

export const MAIN_TABLE = 254;

/*
 * The order of a router with several gateways. Flows that have been at a gateway keep to it (`plan-flow-gateways.ts`), whatever the routes are. What the
 * router says itself leaves by the gateway that has the address. All others follow the routes, and only where these are for everything what has a
 * floating IP leaves by the gateway of that. What the router has to say about a packet has that packet's mark in IPv6: about one from inside it is said inside.
 */
const ERRORS = 900;
const FLOWS = 1_000;
const OWN_SUBNETS = 2_000;
const ROUTES = 3_000;
const OTHERS = 4_000;
/** A route for everything does not count: its prefix has so many bits. */
const DEFAULT = 0;

/** None where one gateway at most is. `routes`: as they are planned. */
export function planRules(router: RouterInfo, gateways: readonly Gateway[], routes: readonly PlannedRoute[], { ipv6 }: { readonly ipv6: boolean }): readonly PlannedRule[] {
  if (gateways.length < 2) return [];
  return (ipv6 ? ([4, 6] as const) : ([4] as const)).flatMap((version): readonly PlannedRule[] => {
    const own = gateways.flatMap((gateway) => ownAddresses(router, gateways, gateway).filter((address) => parseIp(address)?.version === version).map((from) => ({ version, from, table: gateway.number })));
    return [
      ...(version === 4 ? [] : gateways.map(({ number }) => ({ version, priority: ERRORS, isOwn: true as const, mark: { value: number, mask: GATEWAY_MASK }, table: MAIN_TABLE, suppressed: DEFAULT }))),
      ...gateways.map(({ number }) => ({ version, priority: FLOWS, mark: { value: number, mask: GATEWAY_MASK }, table: number })),
      ...own.map((rule) => ({ ...rule, priority: OWN_SUBNETS, suppressed: DEFAULT })),
      { version, priority: ROUTES, table: MAIN_TABLE, suppressed: DEFAULT },
      ...own.map((rule) => ({ ...rule, priority: OTHERS })),
      // A default route that the project asked for counts for all that is new.
      ...(leadsInside(version, routes, gateways) ? [] : gateways.map(({ number }) => ({ version, priority: OTHERS, mark: { value: chosenMark(number), mask: GATEWAY_MASK }, table: number }))),
    ];
  });
}

/** Those at which the router itself is spoken to: not those that lead to one port whole. */
function ownAddresses({ _pf_floatingips: forwarding = [] }: RouterInfo, gateways: readonly Gateway[], gateway: Gateway): readonly string[] {
  const fixed = gateway.port.fixed_ips.map(({ ip_address: address }) => address);
  const floating = forwarding.filter((each) => gatewayOfFloatingIp(gateways, each) === gateway).map(({ floating_ip_address: address }) => address);
  return [...new Set([...fixed, ...floating].flatMap((address) => canonicalIp(address) ?? []))];
}

function leadsInside(version: 4 | 6, routes: readonly PlannedRoute[], gateways: readonly Gateway[]): boolean {
  const route = routes.find(({ table, destination }) => table === undefined && destination === defaultDestination(version));
  return route !== undefined && !route.hops.some((hop) => gateways.some(({ device }) => device === hop.device));
}

/** The same for rules that are the same. */
export function ruleKey({ version, priority, from, isOwn, mark, table, suppressed }: PlannedRule): string {
  return [version, priority, from, isOwn === true, mark?.value, mark?.mask, table, suppressed].join(' ');
}
