import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import { canonicalMac, eui64Address } from '@neutrino/lib/net/mac';
import type { EtherType, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { bridgeName } from './device-names.ts';
import { chains, groupChain, portChain } from './filter-names.ts';
import type { GroupMembers } from './plan-filter-rule.ts';
import { groupSets, linesOfRule, type Direction, type GroupSet } from './plan-group-chains.ts';
import { allowedSources, isFiltered, type Port } from './port.ts';

/** The chains of one family that are ours: table → chain → rules as iptables-save prints them, without `-A chain`. */
export interface FilterChains {
  readonly filter: ReadonlyMap<string, readonly string[]>;
  readonly raw: ReadonlyMap<string, readonly string[]>;
}
export type FilterTable = keyof FilterChains;

export type HostFilter = Readonly<Record<EtherType, FilterChains>>;

export interface FilterInput {
  readonly ports: Iterable<Port>;
  readonly groups: ReadonlyMap<string, readonly SecurityGroupRuleInfo[]>;
  readonly members: GroupMembers;
  /** Connection tracking zone by bridge. */
  readonly zones: ReadonlyMap<string, number>;
  /** Bridges through which the host itself speaks. */
  readonly hostBridges: ReadonlySet<string>;
  /** The bridge of each port's network. */
  readonly bridgeOf: (port: Port) => string;
  readonly ipset: boolean;
  /** Told of rules that are left out. */
  readonly onUnusableRule: (port: Port, problem: string) => void;
}

const linkLocal = { version: 6, first: 0xfe80n << 112n, prefixLength: 64 } as const;

const established = '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN';
const dhcpClient4 = '-p 17 -m udp --sport 68 --dport 67 -j RETURN';

/** Multicast listener reports, neighbour solicitations: what duplicate address detection sends from `::`. */
const unspecifiedSourceTypes = [131, 135, 143];
/** Multicast listener queries, neighbour solicitations and advertisements reach every instance. */
const ingressTypes = [130, 135, 136];
const routerAdvertisement = 134;

/** What the packet filter should be, so that each filtered port sends and gets what its groups allow. Pure. */
export function planFilter(input: FilterInput): HostFilter {
  const ports = [...input.ports].sort((a, b) => (a.details.device < b.details.device ? -1 : 1));
  const filtered = ports.filter(isFiltered);
  const context = { ...input, filtered, setOf: groupSets(filtered, input), shared: planShared(ports) };
  return { IPv4: planFamily('IPv4', context), IPv6: planFamily('IPv6', context) };
}

/** No chains at all: what is left where the firewall is switched off. */
export const noFilter: HostFilter = {
  IPv4: { filter: new Map(), raw: new Map() },
  IPv6: { filter: new Map(), raw: new Map() },
};

interface Context extends FilterInput {
  readonly filtered: readonly Port[];
  readonly setOf: (port: Port) => GroupSet;
  /** Chains that are the same for both families. */
  readonly shared: readonly (readonly [string, readonly string[]])[];
}

function planShared(ports: readonly Port[]): Context['shared'] {
  return [
    [chains.forward, planForward(ports)],
    [chains.input, planInput(ports)],
    [chains.ports, planPortJumps(ports)],
    [chains.fallback, ['-j DROP']],
    [chains.forget, []],
  ];
}

function planFamily(family: EtherType, input: Context): FilterChains {
  const filter = new Map(input.shared);
  for (const port of input.filtered) {
    const tap = port.details.device;
    const { ingress, egress, sources } = portChains(port, input)[family];
    filter.set(portChain('i', tap), ingress);
    filter.set(portChain('o', tap), egress);
    filter.set(portChain('s', tap), sources);
    const { name, rules } = input.setOf(port);
    if (name === undefined) continue;
    filter.set(groupChain('ingress', name), rules[family].ingress);
    filter.set(groupChain('egress', name), rules[family].egress);
  }
  return { filter, raw: planTracking(input) };
}

interface PortChains {
  readonly ingress: readonly string[];
  readonly egress: readonly string[];
  readonly sources: readonly string[];
}

/** Chains of a port, and what they follow from beside the port itself. */
interface PlannedPort {
  /** Of the set of its groups; the set itself where their rules are in the port's chains. */
  readonly groups: string | GroupSet;
  readonly zone: number;
  readonly chains: Readonly<Record<EtherType, PortChains>>;
}

const plannedPorts = new WeakMap<Port, PlannedPort>();

/** Planned once for as long as nothing that they follow from is another: most passes are about few ports of many, or about none. */
function portChains(port: Port, input: Context): PlannedPort['chains'] {
  const set = input.setOf(port);
  const groups = set.name ?? set;
  const zone = input.zones.get(input.bridgeOf(port)) ?? 0;
  const known = input.ipset ? plannedPorts.get(port) : undefined;
  if (known?.zone === zone && known.groups === groups) return known.chains;
  const plan = (family: EtherType): PortChains => ({
    ingress: planIngress(family, port, input), egress: planEgress(family, port, input), sources: planSources(family, port, input),
  });
  const chainsOfPort = { IPv4: plan('IPv4'), IPv6: plan('IPv6') };
  // Without ipset the members are in the rules.
  if (input.ipset) plannedPorts.set(port, { groups, zone, chains: chainsOfPort });
  return chainsOfPort;
}

const bridged = '--physdev-is-bridged';
const fromUnknown = `-i ${bridgeName('+')} -m physdev --physdev-in tap+`;
const toUnknown = `-o ${bridgeName('+')} -m physdev --physdev-out tap+`;

/**
 * A packet between two ports of this host passes both ports' chains, because only the end of the ports'
 * chain accepts. Filtered ports come before those that are open: they are filtered from them too. What
 * devices send or get whose chains are not made yet is dropped.
 */
function planForward(ports: readonly Port[]): string[] {
  const filtered = ports.filter(isFiltered);
  const open = ports.filter((port) => !isFiltered(port));
  const jump = (side: 'in' | 'out', port: Port, target: string): string =>
    `-m physdev --physdev-${side} ${port.details.device} ${bridged} -j ${target}`;
  return [
    ...filtered.flatMap((port) => [jump('out', port, chains.ports), jump('in', port, chains.ports)]),
    ...open.map((port) => jump('in', port, 'ACCEPT')),
    `${fromUnknown} ${bridged} -j DROP`,
    ...open.map((port) => jump('out', port, 'ACCEPT')),
    `${toUnknown} ${bridged} -j DROP`,
  ];
}

/** First what the receiver may get, then what the sender may send; then the packet is good, unless nobody knows its sender. */
function planPortJumps(ports: readonly Port[]): string[] {
  const into = ports.filter(isFiltered).map(({ details: { device } }) => `-m physdev --physdev-out ${device} ${bridged} -j ${portChain('i', device)}`);
  const from = ports.flatMap((port) => {
    const match = `-m physdev --physdev-in ${port.details.device} ${bridged}`;
    return [...(isFiltered(port) ? [`${match} -j ${portChain('o', port.details.device)}`] : []), `${match} -j ACCEPT`];
  });
  return [...into, ...from, `${fromUnknown} ${bridged} -j DROP`, '-j ACCEPT'];
}

/** What instances send to the host itself, where it has an address on their bridge. The host's own rules come after. */
function planInput(ports: readonly Port[]): string[] {
  const from = ports.flatMap((port) => {
    const match = `-m physdev --physdev-in ${port.details.device}`;
    return [...(isFiltered(port) ? [`${match} -j ${portChain('o', port.details.device)}`] : []), `${match} -j RETURN`];
  });
  return [...from, `${fromUnknown} -j DROP`];
}

/**
 * The place of a rule in a chain that all ports share, smaller ones first; rules of equal rank are in the
 * order of their devices. Where rules of ports are kept from an earlier run, they go between the others by it.
 */
export function sharedRuleRank(rule: string): number {
  const unknown = rule.includes(' tap+ ');
  if (rule.includes('--physdev-out') && !rule.endsWith('ACCEPT') && !unknown) return 0;
  if (rule.endsWith(`-j ${chains.ports}`)) return 0;
  if (rule.includes('--physdev-in')) return unknown ? 2 : 1;
  if (rule.includes('--physdev-out')) return unknown ? 4 : 3;
  return 5;
}

function planIngress(family: EtherType, port: Port, input: Context): string[] {
  const fixed = family === 'IPv4' ? [] : ingressTypes.map((type) => `-p 58 -m icmp6 --icmpv6-type ${type} -j RETURN`);
  return [...fixed, ...planRules(family, 'ingress', port, input)];
}

function planEgress(family: EtherType, port: Port, input: Context): string[] {
  const sources = `-j ${portChain('s', port.details.device)}`;
  const fixed =
    family === 'IPv4'
      ? [
          '-s 0.0.0.0/32 -d 255.255.255.255/32 -p 17 -m udp --sport 68 --dport 67 -j RETURN',
          sources,
          dhcpClient4,
          '-p 17 -m udp --sport 67 --dport 68 -j DROP',
        ]
      : [
          ...unspecifiedSourceTypes.map((type) => `-s ::/128 -d ff02::/16 -p 58 -m icmp6 --icmpv6-type ${type} -j RETURN`),
          sources,
          `-p 58 -m icmp6 --icmpv6-type ${routerAdvertisement} -j DROP`,
          '-p 58 -j RETURN',
          '-p 17 -m udp --sport 546 --dport 547 -j RETURN',
          '-p 17 -m udp --sport 547 --dport 546 -j DROP',
        ];
  return [...fixed, ...planRules(family, 'egress', port, input)];
}

/** What the network itself allows the port, then what its groups do. What the last allows returns to whoever called the port's chain. */
function planRules(family: EtherType, direction: Direction, port: Port, input: Context): string[] {
  const { name, rules } = input.setOf(port);
  const own = (port.security?.security_group_rules ?? []).filter((rule) => rule.direction === direction && rule.ethertype === family);
  const lines = new Set(own.flatMap((rule) => linesOfRule(rule, input, port)));
  return [established, ...lines, ...(name === undefined ? rules[family][direction] : [`-g ${groupChain(direction, name)}`])];
}

/**
 * The addresses that a port may send from. A port without any address is held to its MAC alone; one with
 * addresses of the other family only may send nothing of this one, but for its IPv6 link-local address.
 * The last rule carries the zone, so that a later pass finds the flows of a port that is gone.
 */
function planSources(family: EtherType, port: Port, input: FilterInput): string[] {
  const { details } = port;
  const pairs = allowedSources(details);
  const lines = new Set<string>();
  if (family === 'IPv6') {
    for (const mac of new Set([details.mac_address, ...pairs.map(({ mac_address }) => mac_address)])) {
      lines.add(sourceRule(`${eui64Address(linkLocal, mac)}/128`, mac));
    }
  }
  for (const { ip_address, mac_address } of pairs) {
    const cidr = parseCidr(ip_address);
    if (cidr !== undefined && `IPv${cidr.version}` === family) lines.add(sourceRule(formatCidr(cidr), mac_address));
  }
  if (details.fixed_ips.length === 0) lines.add(`-m mac --mac-source ${canonicalMac(details.mac_address)} -j RETURN`);
  return [...lines, `-m comment --comment "zone ${input.zones.get(input.bridgeOf(port)) ?? 0}" -j DROP`];
}

function sourceRule(prefix: string, mac: string): string {
  const source = prefix.endsWith('/0') ? '' : `-s ${prefix} `;
  return `${source}-m mac --mac-source ${canonicalMac(mac)} -j RETURN`;
}

/**
 * One zone per network, on every packet that enters its bridge or leaves the host through it: the same
 * addresses on two networks never share a flow, and both directions of one flow share a zone. What the host itself says and hears stays
 * without one: its flows began when the interface was not in the bridge yet, and its own firewall and address translation know them so.
 */
function planTracking(input: Context): ReadonlyMap<string, readonly string[]> {
  const zones = [...input.zones].sort(([a], [b]) => (a < b ? -1 : 1));
  const stateless = input.filtered.filter((port) => input.setOf(port).stateless);
  return new Map([
    [
      chains.prerouting,
      [
        ...stateless.map(({ details: { device } }) => `-m physdev --physdev-in ${device} -j CT --notrack`),
        ...zones.flatMap(([bridge, zone]) => [
          ...(input.hostBridges.has(bridge) ? [`-i ${bridge} -m addrtype --dst-type LOCAL --limit-iface-in -j RETURN`] : []),
          // In words in which Neutron's agent finds the zone, too, should it follow this one: the second match is always true.
          `-i ${bridge} -m physdev ! --physdev-in ${bridge} -j CT --zone ${zone}`,
        ]),
      ],
    ],
    [chains.output, zones.filter(([bridge]) => !input.hostBridges.has(bridge)).map(([bridge, zone]) => `-o ${bridge} -j CT --zone ${zone}`)],
  ]);
}
