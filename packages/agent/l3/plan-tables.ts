import { cidrContains, parseCidr } from '@neutrino/lib/net/cidr';
import { parseIp } from '@neutrino/lib/net/ip';
import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { RouterFloatingIp, RouterInfo, RouterPort, RouterPortForwarding } from '@neutrino/lib/rpc/router-payloads';
import { EXTERNAL_PREFIX, INTERNAL_PREFIX, internalDevice } from './device-names.ts';
import { type Gateway, gatewayOfFloatingIp } from './gateways.ts';
import type { RouterFacts } from './l3-settings.ts';
import { flowGatewayRules } from './plan-flow-gateways.ts';
import { helperRules } from './plan-helpers.ts';
import { forwardingChains, hasPorts, insideMatch, outsideMatch } from './plan-forwardings.ts';
import { scopeMarks, SCOPE_MASK, type ScopeMarks } from './scope-marks.ts';

/**
 * iptables' tables in a router's namespace: names and meaning of the chains are Neutron's, so that operators find what they know and
 * an agent takes over from another without a packet noticing. The namespace is the router's alone, and so are the tables, whole.
 */
export type RouterTables = Readonly<Record<EtherType, ReadonlyMap<RouterTable, RouterChains>>>;
export type RouterTable = 'filter' | 'mangle' | 'nat' | 'raw';
/** Chain → its rules without `-A chain`. Built-in chains are among them. */
export type RouterChains = ReadonlyMap<string, readonly string[]>;

/** Chains of ours begin with it. */
const PREFIX = 'neutron-l3-agent-';
const chain = (name: string): string => `${PREFIX}${name}`;
const POSTROUTING_BOTTOM = 'neutron-postrouting-bottom';

const ROUTER_MASK = '0xffff';
const metadataAddress = { IPv4: '169.254.169.254/32', IPv6: 'fe80::a9fe:a9fe/128' } as const;

type TablesFacts = Pick<RouterFacts, 'enableMetadataProxy' | 'metadataPort' | 'metadataAccessMark' | 'externalIngressMark'>;

/** What the rules of one family are made from. */
interface Scene {
  readonly family: EtherType;
  readonly facts: TablesFacts;
  /** Devices that have an address of the family, and the mark of the address scope behind each. */
  readonly devices: readonly { readonly name: string; readonly mark: string }[];
  readonly externals: readonly ExternalScene[];
  readonly marks: ScopeMarks;
  readonly floating: readonly PlacedFloatingIp[];
  readonly forwardings: readonly ScopedForwarding[];
  /** Rules for connections that open others. */
  readonly helpers: readonly string[];
}

interface PlacedFloatingIp extends RouterFloatingIp {
  readonly at: ExternalScene;
}

interface ScopedForwarding extends RouterPortForwarding {
  /** The address scope behind the device that leads to the address inside. */
  readonly scope: string | null;
  readonly at: ExternalScene;
}

interface ExternalScene extends Gateway {
  /** Its first IPv4 address. */
  readonly address: string | undefined;
  readonly isTranslated: boolean;
  readonly scope: string | null;
}

export function planTables(router: RouterInfo, internal: readonly RouterPort[], gateways: readonly Gateway[], facts: TablesFacts): RouterTables {
  return { IPv4: planFamily(sceneOf('IPv4', router, internal, gateways, facts)), IPv6: planFamily(sceneOf('IPv6', router, internal, gateways, facts)) };
}

function sceneOf(family: EtherType, router: RouterInfo, internal: readonly RouterPort[], gateways: readonly Gateway[], facts: TablesFacts): Scene {
  const version = family === 'IPv4' ? 4 : 6;
  const floating = (router._floatingips ?? []).toSorted((a, b) => (a.floating_ip_address < b.floating_ip_address ? -1 : 1));
  const scopeOf = (port: RouterPort): string | null => port.address_scopes?.[String(version)] ?? null;
  const externals = gateways.map((gateway): ExternalScene => ({
    ...gateway,
    address: version === 4 ? gateway.port.fixed_ips.find(({ ip_address: address }) => versionOf(address) === 4)?.ip_address : undefined,
    isTranslated: version === 4 && router.enable_snat !== false,
    scope: scopeOf(gateway.port),
  }));
  const placed = <F extends Pick<RouterFloatingIp, 'floating_network_id'>>(each: F): readonly (F & { readonly at: ExternalScene })[] => {
    const at = version === 4 ? gatewayOfFloatingIp(externals, each) : undefined;
    return at === undefined ? [] : [{ ...each, at }];
  };
  const networkOf = new Map((router._pf_floatingips ?? []).map(({ floating_ip_address: address, floating_network_id: network }) => [address, network]));
  const forwardings = (router.port_forwardings ?? []).filter(hasPorts).flatMap((each): readonly ScopedForwarding[] => {
    const network = networkOf.get(each.floatingAddress);
    const scope = scopeAround(internal, each.internalAddress, scopeOf);
    return placed(network === undefined ? {} : { floating_network_id: network }).map(({ at }) => ({ ...each, scope, at }));
  });
  const ends = [...internal.map((port) => ({ port, name: internalDevice(port.id) })), ...gateways.map(({ port, device }) => ({ port, name: device }))];
  const marks = scopeMarks([...ends.map(({ port }) => scopeOf(port)), ...floating.map((each) => each.fixed_ip_address_scope ?? null)]);
  return {
    family,
    facts,
    devices: ends.filter(({ port }) => port.fixed_ips.some(({ ip_address: address }) => versionOf(address) === version)).map(({ port, name }) => ({ name, mark: marks(scopeOf(port)) })),
    marks,
    floating: floating.flatMap(placed),
    forwardings,
    helpers: helperRules(router.conntrack_helpers ?? []),
    externals,
  };
}

function scopeAround(internal: readonly RouterPort[], address: string, scopeOf: (port: RouterPort) => string | null): string | null {
  const ip = parseIp(address);
  const port = internal.find(({ subnets }) => subnets.some(({ cidr: text }) => {
    const cidr = parseCidr(text);
    return ip !== undefined && cidr !== undefined && cidrContains(cidr, ip);
  }));
  return port === undefined ? null : scopeOf(port);
}

function planFamily(scene: Scene): ReadonlyMap<RouterTable, RouterChains> {
  const { helpers } = scene;
  const raw = helpers.length === 0 ? [] : [['raw', hooked(['PREROUTING'], { PREROUTING: [`-j ${chain('cth')}`], cth: helpers })] as const];
  return new Map<RouterTable, RouterChains>([['filter', filterChains(scene)], ['mangle', mangleChains(scene)], ['nat', natChains(scene)], ...raw]);
}

function filterChains({ facts, devices, externals }: Scene): RouterChains {
  const isOpen = (name: string): boolean => externals.some(({ device, isTranslated }) => isTranslated && device === name);
  return hooked(['INPUT', 'FORWARD'], {
    INPUT: facts.enableMetadataProxy
      ? [`-m mark --mark ${hex(facts.metadataAccessMark)}/${ROUTER_MASK} -j ACCEPT`, `-p tcp -m tcp --dport ${facts.metadataPort} -j DROP`]
      : [],
    FORWARD: [`-j ${chain('scope')}`],
    scope: [
      // A request for metadata that was not taken to the proxy is for nobody else.
      ...(facts.enableMetadataProxy ? [`-m mark --mark ${hex(facts.metadataAccessMark)}/${ROUTER_MASK} -j DROP`] : []),
      // What does not belong to the address scope behind a device does not leave by it; unless it is translated there.
      ...devices.filter(({ name }) => !isOpen(name)).map(({ name, mark }) => `-o ${name} -m mark ! --mark ${mark} -j DROP`),
    ],
  });
}

function mangleChains(scene: Scene): RouterChains {
  const { family, facts, devices, externals, floating, forwardings, marks } = scene;
  const marked = externals.filter(({ address }) => address !== undefined);
  const elsewhere = floating.filter(({ fixed_ip_address_scope: scope = null, at }) => scope !== at.scope);
  const forwardedElsewhere = forwardings.filter(({ scope, at }) => scope !== at.scope);
  const flows = externals.length < 2 ? undefined : flowGatewayRules(family, externals.map((external) => ({
    ...external,
    chosenBy: floating.filter(({ at }) => at === external).map((each) => each.fixed_ip_address),
    forwarding: [...new Set(forwardings.filter(({ at }) => at === external).map(({ floatingAddress }) => floatingAddress))],
  })));
  return hooked(['PREROUTING', 'FORWARD', 'POSTROUTING'], {
    PREROUTING: [
      `-j ${chain('mark')}`,
      ...(flows === undefined ? [] : [`-j ${chain('gateway')}`]),
      `-j ${chain('scope')}`,
      `-m connmark ! --mark 0x0/${SCOPE_MASK} -j CONNMARK --restore-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`,
      // These come after the mark of the flow: they lead from one address scope into another.
      `-j ${chain('floatingip')}`,
      ...(facts.enableMetadataProxy
        ? [`-d ${metadataAddress[family]} -i ${INTERNAL_PREFIX}+ -p tcp -m tcp --dport 80 -j MARK --set-xmark ${hex(facts.metadataAccessMark)}/${ROUTER_MASK}`]
        : []),
    ],
    FORWARD: [
      ...elsewhere.map((each) => `-s ${each.fixed_ip_address}/32 -j ${chain(leavingScope(scene, each.at))}`),
      ...forwardedElsewhere.map((each) => `${insideMatch(each)} -j ${chain(leavingScope(scene, each.at))}`),
    ],
    POSTROUTING: [
      ...(flows?.outgoing ?? []),
      ...marked.filter(({ isTranslated }) => isTranslated).map(({ device }) => `-o ${device} -m connmark --mark 0x0/${SCOPE_MASK} -j CONNMARK --save-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`),
    ],
    mark: marked.map(({ device }) => `-i ${device} -j MARK --set-xmark ${hex(facts.externalIngressMark)}/${ROUTER_MASK}`),
    ...(flows === undefined ? {} : { gateway: flows.incoming }),
    scope: devices.map(({ name, mark }) => `-i ${name} -j MARK --set-xmark ${mark}`),
    floatingip: [
      ...elsewhere.map((each) => `-d ${each.floating_ip_address}/32 -j MARK --set-xmark ${marks(each.fixed_ip_address_scope ?? null)}`),
      ...forwardedElsewhere.map((each) => `${outsideMatch(each)} -j MARK --set-xmark ${marks(each.scope)}`),
    ],
    ...leavingScopes(scene, (external) => elsewhere.some(({ at }) => at === external) || forwardedElsewhere.some(({ at }) => at === external)),
  });
}

/** The chain for what leaves its address scope for that of the gateway which has its address outside. */
function leavingScope({ externals }: Scene, external: ExternalScene): string {
  return external === externals[0] ? 'float-snat' : `scope-${external.number.toString(16)}`;
}

function leavingScopes(scene: Scene, isNeeded: (external: ExternalScene | undefined) => boolean): Readonly<Record<string, readonly string[]>> {
  const { devices, externals, marks } = scene;
  const [first, ...others] = externals;
  const rules = (external: ExternalScene | undefined): readonly string[] => {
    const outside = marks(external?.scope ?? null);
    const isElsewhere = (name: string): boolean => name !== external?.device && externals.some(({ device }) => device === name);
    return [
      `-m connmark --mark 0x0/${SCOPE_MASK} -j CONNMARK --save-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`,
      ...(isNeeded(external) ? devices.filter(({ name, mark }) => mark === outside && !isElsewhere(name)).map(({ name }) => `-o ${name} -j MARK --set-xmark ${outside}`) : []),
    ];
  };
  return { 'float-snat': rules(first), ...Object.fromEntries(others.filter(isNeeded).map((external) => [leavingScope(scene, external), rules(external)])) };
}

function natChains({ family, facts, externals, floating, forwardings, marks }: Scene): RouterChains {
  const redirect = facts.enableMetadataProxy
    ? [`-d ${metadataAddress[family]} -i ${INTERNAL_PREFIX}+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports ${facts.metadataPort}`]
    : [];
  if (family === 'IPv6') return hooked(['PREROUTING'], { PREROUTING: redirect });
  const toFixed = floating.map((each) => `-d ${each.floating_ip_address}/32 -j DNAT --to-destination ${each.fixed_ip_address}`);
  const forwarded = forwardingChains(forwardings, chain);
  const [only, ...others] = externals;
  const notOutside = `! -o ${only !== undefined && others.length === 0 ? only.device : `${EXTERNAL_PREFIX}+`}`;
  const chains = hooked(['PREROUTING', 'OUTPUT', 'POSTROUTING'], {
    PREROUTING: [...redirect, ...toFixed, ...(forwarded === null ? [] : [`-j ${chain('fip-pf')}`])],
    ...forwarded,
    OUTPUT: toFixed,
    // What stays inside keeps its address, unless it was sent to a floating IP.
    POSTROUTING: externals.some(({ address }) => address !== undefined) ? [`${notOutside} -m conntrack ! --ctstate DNAT -j ACCEPT`] : [],
    snat: [`-j ${chain('float-snat')}`, ...sourceTranslations(externals, marks, facts)],
    'float-snat': others.length === 0 ? floating.map((each) => `-s ${each.fixed_ip_address}/32 ${toFloating(each)}`) : [
      ...floating.map((each) => `-s ${each.fixed_ip_address}/32 -o ${each.at.device} ${toFloating(each)}`),
      ...floating.map((each) => `-s ${each.fixed_ip_address}/32 ${notOutside} ${toFloating(each)}`),
    ],
  });
  return new Map([
    ...chains,
    ['POSTROUTING', [`-j ${chain('POSTROUTING')}`, `-j ${POSTROUTING_BOTTOM}`]],
    [POSTROUTING_BOTTOM, [`-m comment --comment "Perform source NAT on outgoing traffic." -j ${chain('snat')}`]],
  ]);
}

/** With the port that it has: nobody shares the address, and a copy of the router that takes over in the middle of a connection makes the same of it. */
function toFloating({ floating_ip_address: address }: RouterFloatingIp): string {
  return `-j SNAT --to-source ${address}`;
}

function sourceTranslations(externals: readonly ExternalScene[], marks: ScopeMarks, facts: TablesFacts): readonly string[] {
  const translating = externals.flatMap((external) => (external.address === undefined ? [] : [{ ...external, source: `-j SNAT --to-source ${external.address} --random-fully` }]));
  const [first] = translating;
  return [
    ...translating.filter(({ isTranslated }) => isTranslated).flatMap(({ device, scope, source }) => [
      // Within one address scope addresses are good as they are.
      ...(scope === null ? [] : [`-o ${device} -m connmark --mark ${marks(scope)} -j ACCEPT`]),
      `-o ${device} ${source}`,
    ]),
    // Who speaks to a floating IP from inside hears from it through the router, where the address is turned back.
    ...(first === undefined ? [] : [`-m mark ! --mark ${hex(facts.externalIngressMark)}/${ROUTER_MASK} -m conntrack --ctstate DNAT ${first.source}`]),
  ];
}

/** Chains of ours by their short names, and the built-in ones that lead to them. */
function hooked(builtIn: readonly string[], own: Readonly<Record<string, readonly string[]>>): RouterChains {
  return new Map<string, readonly string[]>([
    ...builtIn.map((name) => [name, [`-j ${chain(name)}`]] as const),
    ...Object.entries(own).map(([name, rules]) => [chain(name), rules] as const),
  ]);
}

function hex(mark: number): string {
  return `0x${mark.toString(16)}`;
}

function versionOf(address: string): 4 | 6 | undefined {
  return parseCidr(address)?.version;
}
