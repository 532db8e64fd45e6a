import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { FlowsToPorts } from '../linux/conntrack.ts';
import { type ActualRoute, type ActualRouter, KEEPALIVED } from './actual-router.ts';
import { floatingMappings, tablesInput } from './delta-tables.ts';
import { movedFlows } from './forwarded-flows.ts';
import { type ForgetMarkedFlows, leftGateways, ruleChanges, type RuleStep } from './delta-rules.ts';
import { EXTERNAL_PREFIX } from './device-names.ts';
import type { PlannedRoute, RouteHop } from './plan-routes.ts';
import type { PlannedDevice, RouterPlan } from './plan-router.ts';

/** What must be done to a router. `ip` steps that follow one another are one batch. */
export type RouterStep =
  | { readonly kind: 'create-namespace' }
  | { readonly kind: 'set-sysctl'; readonly name: string; readonly value: string }
  | { readonly kind: 'set-loopback-up' }
  | { readonly kind: 'delete-orphaned-tap'; readonly tap: string }
  | { readonly kind: 'create-device'; readonly device: PlannedDevice }
  | { readonly kind: 'disable-tap-ipv6'; readonly tap: string }
  | { readonly kind: 'replace-tables'; readonly family: EtherType; readonly input: string }
  | IpStep
  | RuleStep
  | ForgetMarkedFlows
  | { readonly kind: 'forget-flows'; readonly addresses: readonly string[] }
  | { readonly kind: 'forget-forwarded-flows'; readonly flows: readonly FlowsToPorts[] }
  | { readonly kind: 'announce'; readonly device: string; readonly addresses: readonly string[] };

export interface IpStep {
  readonly kind: 'delete-stray-link' | 'set-mac' | 'set-mtu' | 'set-up' | 'add-address' | 'delete-address' | 'set-route' | 'delete-route' | 'set-tap-mtu' | 'set-tap-up';
  /** On the host, or in the namespace. */
  readonly where: 'host' | 'namespace';
  /** As `ip -batch` takes it. */
  readonly command: string;
  /** The same as the kernel takes it, without a program: the device is to have the address or, without one, to be up. */
  readonly request?: { readonly device: string; readonly address?: string };
}

/** The steps that turn `actual` into `plan`; none where they agree. */
export function routerDelta(plan: RouterPlan, actual: ActualRouter): readonly RouterStep[] {
  // Half a pair is of no use: the other half is in a namespace that this host does not know.
  const isWhole = ({ name, tap }: PlannedDevice): boolean => actual.links.has(name) && actual.taps.has(tap);
  const missing = plan.devices.filter((device) => !isWhole(device));
  const present = plan.devices.filter(isWhole);
  const kept = new Set(present.map(({ name }) => name));
  const planned = new Set(plan.devices.map(({ name }) => name));
  // A device takes its hops along, and a route over several goes with one of them: where other gateways stay, the routes are changed first.
  const isLeft = (name: string): boolean => name.startsWith(EXTERNAL_PREFIX) && !planned.has(name) && actual.rules.length > 0;
  const strays = [...actual.links.keys()].filter((name) => !kept.has(name));
  const narrowed = plan.routes.filter((route) => isNarrowed(route, actual.routes, planned));
  const rules = ruleChanges(plan.rules, actual.rules);
  return [
    ...(actual.exists ? [] : [{ kind: 'create-namespace' } as const]),
    ...sysctlChanges(plan.sysctls, actual.sysctls),
    ...(actual.loopbackUp ? [] : [{ kind: 'set-loopback-up' } as const]),
    ...narrowed.flatMap((route) => routeSteps(route, actual.routes)),
    ...strays.filter((name) => !isLeft(name)).map(deleteLink),
    ...missing.filter(({ tap, name }) => actual.taps.has(tap) && !actual.links.has(name)).map(({ tap }) => ({ kind: 'delete-orphaned-tap', tap }) as const),
    ...missing.flatMap((device): readonly RouterStep[] => [{ kind: 'create-device', device }, { kind: 'disable-tap-ipv6', tap: device.tap }]),
    ...plan.devices.flatMap((device) => sysctlChanges(device.sysctls, kept.has(device.name) ? actual.sysctls : new Map<string, string>())),
    // Before anything can come in.
    ...(['IPv4', 'IPv6'] as const).flatMap((family): readonly RouterStep[] => {
      const input = tablesInput(plan.tables[family], actual.tables[family]);
      return input === undefined ? [] : [{ kind: 'replace-tables', family, input }];
    }),
    ...present.flatMap((device) => linkChanges(device, actual)),
    ...plan.devices.flatMap((device) => addressChanges(device, kept.has(device.name) ? actual.links.get(device.name)?.addresses ?? [] : [])),
    ...plan.devices.filter(({ name }) => !kept.has(name) || actual.links.get(name)?.up !== true).map(({ name }): IpStep => ({ kind: 'set-up', where: 'namespace', command: `link set dev ${name} up`, request: { device: name } })),
    ...rules.added,
    ...routeChanges(plan.routes.filter((route) => !narrowed.includes(route)), actual.routes, new Set(plan.routes.map(placeOf))),
    ...rules.deleted,
    ...strays.filter(isLeft).map(deleteLink),
    ...plan.devices.flatMap((device) => tapChanges(device, kept.has(device.name) ? actual : undefined)),
    ...forgottenFlows(plan, actual),
    ...leftGateways(plan, actual),
    ...forgottenForwardedFlows(plan, actual),
    ...plan.devices.flatMap((device) => announcements(device, kept.has(device.name) ? actual.links.get(device.name)?.addresses ?? [] : [])),
  ];
}

/** Those of connection tracking are there as soon as there are rules that need it: the next pass sets them. */
function sysctlChanges(wanted: ReadonlyMap<string, string>, actual: ReadonlyMap<string, string | undefined>): readonly RouterStep[] {
  const isThere = (name: string): boolean => !name.startsWith('netfilter/') || actual.get(name) !== undefined;
  return [...wanted].filter(([name, value]) => actual.get(name) !== value && isThere(name)).map(([name, value]) => ({ kind: 'set-sysctl', name, value }));
}

function linkChanges({ name, mac, mtu }: PlannedDevice, { links }: ActualRouter): readonly RouterStep[] {
  const link = links.get(name);
  const steps: IpStep[] = [];
  if (link?.address !== mac) steps.push({ kind: 'set-mac', where: 'namespace', command: `link set dev ${name} address ${mac}` });
  if (link?.mtu !== mtu) steps.push({ kind: 'set-mtu', where: 'namespace', command: `link set dev ${name} mtu ${mtu}` });
  return steps;
}

function addressChanges({ name, addresses }: PlannedDevice, actual: readonly string[]): readonly IpStep[] {
  return [
    ...actual.filter((address) => !addresses.includes(address)).map((address): IpStep => ({ kind: 'delete-address', where: 'namespace', command: `address delete ${address} dev ${name}` })),
    ...addresses.filter((address) => !actual.includes(address)).map((address): IpStep => ({ kind: 'add-address', where: 'namespace', command: `address replace ${address} dev ${name}`, request: { device: name, address } })),
  ];
}

function tapChanges({ tap, mtu }: PlannedDevice, actual: ActualRouter | undefined): readonly RouterStep[] {
  const state = actual?.taps.get(tap);
  const steps: RouterStep[] = [];
  if (state !== undefined && !state.ipv6Disabled) steps.push({ kind: 'disable-tap-ipv6', tap });
  if (state !== undefined && state.mtu !== mtu) steps.push({ kind: 'set-tap-mtu', where: 'host', command: `link set dev ${tap} mtu ${mtu}` });
  // Last: what comes in meets a router that is ready.
  if (state?.up !== true) steps.push({ kind: 'set-tap-up', where: 'host', command: `link set dev ${tap} up`, request: { device: tap } });
  return steps;
}

function deleteLink(name: string): IpStep {
  return { kind: 'delete-stray-link', where: 'namespace', command: `link delete dev ${name}` };
}

/** Whether all that is to be changed of a route is that hops by devices which go are left out. */
function isNarrowed(route: PlannedRoute, actual: readonly PlannedRoute[], devices: ReadonlySet<string>): boolean {
  return actual.filter((each) => placeOf(each) === placeOf(route)).some((before) => {
    const hops = before.hops.filter(({ device }) => devices.has(device));
    return hops.length < before.hops.length && routeKey({ ...route, hops }) === routeKey(route);
  });
}

/** `kept`: places of which what is there is not to be deleted. */
function routeChanges(wanted: readonly PlannedRoute[], actual: readonly ActualRoute[], kept: ReadonlySet<string>): readonly IpStep[] {
  return [
    ...actual.filter((route) => !kept.has(placeOf(route))).flatMap(deletions),
    // What is on a link comes first: a next hop may be there. And those of the gateways before those that use them together.
    ...wanted.toSorted((a, b) => rank(a) - rank(b)).flatMap((route) => routeSteps(route, actual)),
  ];
}

/**
 * Makes a route the only one in its place. Where keepalived finds what an agent has made it adds its own, and of several the kernel replaces the first: what else is there goes,
 * and of two that are right the agent's, as keepalived takes its own away in time.
 */
function routeSteps(route: PlannedRoute, actual: readonly ActualRoute[]): readonly IpStep[] {
  const there = actual.filter((each) => placeOf(each) === placeOf(route));
  const right = there.filter((each) => routeKey(each) === routeKey(route));
  const kept = right.find(({ protocol }) => protocol === KEEPALIVED) ?? right[0];
  const surplus = there.filter((each) => each !== (kept ?? there[0])).map((each): IpStep => {
    const words = each.hops.length === 1 ? each.hops.map(hopWords) : each.hops.map((hop) => `nexthop ${hopWords(hop)}`);
    return { kind: 'delete-route', where: 'namespace', command: `route delete ${placeOf(each)} proto ${each.protocol} ${words.join(' ')}` };
  });
  return kept === undefined ? [...surplus, setting(route)] : surplus;
}

function rank({ hops, table }: PlannedRoute): number {
  return (hops.some(({ via }) => via !== undefined) ? 2 : 0) + (table === undefined ? 1 : 0);
}

function placeOf({ table, destination }: PlannedRoute): string {
  return `${destination}${tableWords(table)}`;
}

function routeKey(route: PlannedRoute): string {
  return [placeOf(route), ...route.hops.map(hopWords).toSorted()].join(' ');
}

function tableWords(table: number | undefined): string {
  return table === undefined ? '' : ` table ${table}`;
}

function hopWords({ via, device, onLink }: RouteHop): string {
  return `${via === undefined ? '' : `via ${via} `}dev ${device}${onLink ? ' onlink' : ''}`;
}

function setting({ destination, table, hops }: PlannedRoute): IpStep {
  const words = hops.length === 1 ? hops.map(hopWords) : hops.map((hop) => `nexthop ${hopWords(hop)} weight 1`);
  return { kind: 'set-route', where: 'namespace', command: `route replace ${destination}${tableWords(table)} proto static ${words.join(' ')}` };
}

function deletions({ version, table, destination, hops }: PlannedRoute): readonly IpStep[] {
  // IPv6 keeps a route for each next hop; IPv4 keeps one.
  const each = version === 6 || hops.length === 1 ? hops.map((hop) => ` ${hopWords({ ...hop, onLink: false })}`) : [''];
  return each.map((words) => ({ kind: 'delete-route', where: 'namespace', command: `route delete ${destination}${tableWords(table)}${words}` }));
}

/** Flows that were translated to an address which has gone, or which leads to another instance now. */
function forgottenFlows(plan: RouterPlan, actual: ActualRouter): readonly RouterStep[] {
  const wanted = floatingMappings(plan.tables.IPv4.get('nat') ?? new Map());
  const moved = [...floatingMappings(actual.tables.IPv4.get('nat') ?? new Map())].filter(([floating, fixed]) => wanted.get(floating) !== fixed).map(([floating]) => floating);
  const kept = new Set(plan.devices.flatMap(({ addresses }) => addresses.map(withoutLength)));
  const gone = [...actual.links.values()].flatMap(({ addresses = [] }) => addresses.filter((address) => !address.includes(':')).map(withoutLength).filter((address) => !kept.has(address)));
  const addresses = [...new Set([...moved, ...gone])];
  return addresses.length === 0 ? [] : [{ kind: 'forget-flows', addresses }];
}

function forgottenForwardedFlows(plan: RouterPlan, actual: ActualRouter): readonly RouterStep[] {
  const flows = movedFlows(plan.tables.IPv4.get('nat') ?? new Map(), actual.tables.IPv4.get('nat') ?? new Map());
  return flows.length === 0 ? [] : [{ kind: 'forget-forwarded-flows', flows }];
}

function announcements({ name, addresses }: PlannedDevice, actual: readonly string[]): readonly RouterStep[] {
  const added = addresses.filter((address) => !actual.includes(address) && !address.includes(':')).map(withoutLength);
  return added.length === 0 ? [] : [{ kind: 'announce', device: name, addresses: added }];
}

function withoutLength(address: string): string {
  return address.slice(0, address.indexOf('/'));
}
