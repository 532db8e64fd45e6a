import { cidrContains, parseCidr } from '@neutrino/lib/net/cidr';
import { parseIp } from '@neutrino/lib/net/ip';
import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { RouterFloatingIp, RouterInfo, RouterPort, RouterPortForwarding } from '@neutrino/lib/rpc/router-payloads';
import { externalDevice, INTERNAL_PREFIX, internalDevice } from './device-names.ts';
import type { RouterFacts } from './l3-settings.ts';
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
  readonly external: ExternalScene | undefined;
  readonly marks: ScopeMarks;
  readonly floating: readonly RouterFloatingIp[];
  readonly forwardings: readonly ScopedForwarding[];
  /** Rules for connections that open others. */
  readonly helpers: readonly string[];
}

interface ScopedForwarding extends RouterPortForwarding {
  /** The address scope behind the device that leads to the address inside. */
  readonly scope: string | null;
}

interface ExternalScene {
  readonly device: string;
  /** Its first IPv4 address. */
  readonly address: string | undefined;
  readonly isTranslated: boolean;
  readonly scope: string | null;
}

export function planTables(router: RouterInfo, internal: readonly RouterPort[], facts: TablesFacts): RouterTables {
  return { IPv4: planFamily(sceneOf('IPv4', router, internal, facts)), IPv6: planFamily(sceneOf('IPv6', router, internal, facts)) };
}

function sceneOf(family: EtherType, router: RouterInfo, internal: readonly RouterPort[], facts: TablesFacts): Scene {
  const gateway = router.gw_port ?? undefined;
  const version = family === 'IPv4' ? 4 : 6;
  const floating = (router._floatingips ?? []).toSorted((a, b) => (a.floating_ip_address < b.floating_ip_address ? -1 : 1));
  const scopeOf = (port: RouterPort): string | null => port.address_scopes?.[String(version)] ?? null;
  const ports = [...internal, ...(gateway === undefined ? [] : [gateway])];
  const forwardings = gateway === undefined || version === 6 ? [] : (router.port_forwardings ?? []).filter(hasPorts).map((each) => ({ ...each, scope: scopeAround(internal, each.internalAddress, scopeOf) }));
  const marks = scopeMarks([...ports.map(scopeOf), ...floating.map((each) => each.fixed_ip_address_scope ?? null)]);
  const devices = ports
    .filter((port) => port.fixed_ips.some(({ ip_address: address }) => versionOf(address) === version))
    .map((port) => ({ name: port === gateway ? externalDevice(port.id) : internalDevice(port.id), mark: marks(scopeOf(port)) }));
  return {
    family,
    facts,
    devices,
    marks,
    floating: gateway === undefined || version === 6 ? [] : floating,
    forwardings,
    helpers: helperRules(router.conntrack_helpers ?? []),
    external: gateway === undefined ? undefined : {
      device: externalDevice(gateway.id),
      address: version === 4 ? gateway.fixed_ips.find(({ ip_address: address }) => versionOf(address) === 4)?.ip_address : undefined,
      isTranslated: version === 4 && router.enable_snat !== false,
      scope: scopeOf(gateway),
    },
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

function filterChains({ facts, devices, external, family }: Scene): RouterChains {
  const isOpen = (device: string): boolean => family === 'IPv4' && external?.isTranslated === true && device === external.device;
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

function mangleChains({ family, facts, devices, external, floating, forwardings, marks }: Scene): RouterChains {
  const forwardedElsewhere = forwardings.filter(({ scope }) => scope !== (external?.scope ?? null));
  const elsewhere = floating.filter((each) => (each.fixed_ip_address_scope ?? null) !== (external?.scope ?? null));
  const outside = marks(external?.scope ?? null);
  const isMarked = family === 'IPv4' && external?.address !== undefined;
  return hooked(['PREROUTING', 'FORWARD', 'POSTROUTING'], {
    PREROUTING: [
      `-j ${chain('mark')}`,
      `-j ${chain('scope')}`,
      `-m connmark ! --mark 0x0/${SCOPE_MASK} -j CONNMARK --restore-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`,
      // These come after the mark of the flow: they lead from one address scope into another.
      `-j ${chain('floatingip')}`,
      ...(facts.enableMetadataProxy
        ? [`-d ${metadataAddress[family]} -i ${INTERNAL_PREFIX}+ -p tcp -m tcp --dport 80 -j MARK --set-xmark ${hex(facts.metadataAccessMark)}/${ROUTER_MASK}`]
        : []),
    ],
    FORWARD: [
      ...elsewhere.map((each) => `-s ${each.fixed_ip_address}/32 -j ${chain('float-snat')}`),
      ...forwardedElsewhere.map((each) => `${insideMatch(each)} -j ${chain('float-snat')}`),
    ],
    POSTROUTING: isMarked && external.isTranslated ? [`-o ${external.device} -m connmark --mark 0x0/${SCOPE_MASK} -j CONNMARK --save-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`] : [],
    mark: isMarked ? [`-i ${external.device} -j MARK --set-xmark ${hex(facts.externalIngressMark)}/${ROUTER_MASK}`] : [],
    scope: devices.map(({ name, mark }) => `-i ${name} -j MARK --set-xmark ${mark}`),
    floatingip: [
      ...elsewhere.map((each) => `-d ${each.floating_ip_address}/32 -j MARK --set-xmark ${marks(each.fixed_ip_address_scope ?? null)}`),
      ...forwardedElsewhere.map((each) => `${outsideMatch(each)} -j MARK --set-xmark ${marks(each.scope)}`),
    ],
    'float-snat': [
      `-m connmark --mark 0x0/${SCOPE_MASK} -j CONNMARK --save-mark --nfmask ${SCOPE_MASK} --ctmask ${SCOPE_MASK}`,
      ...(elsewhere.length + forwardedElsewhere.length === 0 ? [] : devices.filter(({ mark }) => mark === outside).map(({ name }) => `-o ${name} -j MARK --set-xmark ${outside}`)),
    ],
  });
}

function natChains({ family, facts, external, floating, forwardings, marks }: Scene): RouterChains {
  const redirect = facts.enableMetadataProxy
    ? [`-d ${metadataAddress[family]} -i ${INTERNAL_PREFIX}+ -p tcp -m tcp --dport 80 -j REDIRECT --to-ports ${facts.metadataPort}`]
    : [];
  if (family === 'IPv6') return hooked(['PREROUTING'], { PREROUTING: redirect });
  const toFixed = floating.map((each) => `-d ${each.floating_ip_address}/32 -j DNAT --to-destination ${each.fixed_ip_address}`);
  const forwarded = forwardingChains(forwardings, chain);
  const chains = hooked(['PREROUTING', 'OUTPUT', 'POSTROUTING'], {
    PREROUTING: [...redirect, ...toFixed, ...(forwarded === null ? [] : [`-j ${chain('fip-pf')}`])],
    ...forwarded,
    OUTPUT: toFixed,
    // What stays inside keeps its address, unless it was sent to a floating IP.
    POSTROUTING: external?.address === undefined ? [] : [`! -o ${external.device} -m conntrack ! --ctstate DNAT -j ACCEPT`],
    snat: [`-j ${chain('float-snat')}`, ...(external?.address === undefined ? [] : sourceTranslation({ ...external, address: external.address }, marks, facts))],
    'float-snat': floating.map((each) => `-s ${each.fixed_ip_address}/32 -j SNAT --to-source ${each.floating_ip_address} --random-fully`),
  });
  return new Map([
    ...chains,
    ['POSTROUTING', [`-j ${chain('POSTROUTING')}`, `-j ${POSTROUTING_BOTTOM}`]],
    [POSTROUTING_BOTTOM, [`-m comment --comment "Perform source NAT on outgoing traffic." -j ${chain('snat')}`]],
  ]);
}

function sourceTranslation(external: ExternalScene & { readonly address: string }, marks: ScopeMarks, facts: TablesFacts): readonly string[] {
  const source = `-j SNAT --to-source ${external.address} --random-fully`;
  return [
    // Within one address scope addresses are good as they are.
    ...(external.isTranslated && external.scope !== null ? [`-o ${external.device} -m connmark --mark ${marks(external.scope)} -j ACCEPT`] : []),
    ...(external.isTranslated ? [`-o ${external.device} ${source}`] : []),
    // Who speaks to a floating IP from inside hears from it through the router, where the address is turned back.
    `-m mark ! --mark ${hex(facts.externalIngressMark)}/${ROUTER_MASK} -m conntrack --ctstate DNAT ${source}`,
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
