import { createHash } from 'node:crypto';
import { formatIp } from '@neutrino/lib/net/ip';
import { lastAddress, parseCidr } from '@neutrino/lib/net/cidr';
import type { NftTable } from '../linux/nftables.ts';
import { isTapName } from './device-names.ts';
import { addressValue, type GuardSets } from './plan-guard.ts';

/**
 * The bridge guard: one nftables table that every frame of a guarded device passes before the bridge does
 * anything with it. Its rules never change; what a device may claim is in sets. (iptables cannot see ARP,
 * and nft's own bridge family cannot see connections: each does what the other cannot.)
 */
export const guardTable = { family: 'bridge', name: 'neutrino' } as const;

const sets: Readonly<Record<keyof GuardSets, string>> = {
  silenced: 'type ifname;',
  guarded: 'type ifname;',
  sources: 'type ifname . ether_addr;',
  senders: 'type ifname . ipv4_addr; flags interval;',
  neighbours: 'type ifname . ipv6_addr; flags interval;',
  secluded: 'type ifname;',
};
/** The same addresses as `neighbours`, as nft knows an advertisement's target only as 128 bits at an offset. */
const targets = { name: 'targets', type: 'typeof iifname . @th,64,128; flags interval;' } as const;

const guardRules: Readonly<Record<string, readonly string[]>> = {
  prerouting: [
    // The copy of an instance that is on its way here has its MAC address: heard by the bridge, it would get what is sent to the original.
    'iifname @silenced drop',
    'iifname @guarded jump guard',
  ],
  // The kernel answers for all of its addresses on every interface, bridges without an address included: the tunnels'
  // endpoint would take in forged VXLAN packets, and the host's own services would be a tenant's neighbours.
  'to-host': ['iifname @secluded drop'],
  guard: [
    'iifname . ether saddr != @sources drop',
    // A tagged frame would pass by iptables, and could leave the host on another network's VLAN.
    'ether type { 8021q, 8021ad } drop',
    'ether type arp goto arp-claims',
    'ether type ip udp sport 67 udp dport 68 drop',
    'ether type ip6 udp sport 547 udp dport 546 drop',
    'ether type ip6 meta l4proto ipv6-icmp goto neighbour-claims',
  ],
  'arp-claims': [
    'iifname . arp saddr ether != @sources drop',
    // A probe (RFC 5227) claims nothing.
    'arp operation request arp saddr ip 0.0.0.0 accept',
    'iifname . arp saddr ip @senders accept',
    'drop',
  ],
  'neighbour-claims': [
    'icmpv6 type nd-router-advert drop',
    'icmpv6 type { nd-neighbor-solicit, nd-router-solicit } ip6 saddr :: accept',
    'icmpv6 type { nd-neighbor-solicit, nd-router-solicit, nd-neighbor-advert, nd-redirect } iifname . ip6 saddr != @neighbours drop',
    'icmpv6 type nd-neighbor-advert iifname . @th,64,128 != @targets drop',
  ],
};

const basePolicies: Readonly<Record<string, string>> = {
  prerouting: 'type filter hook prerouting priority -300; policy accept;',
  'to-host': 'type filter hook input priority -300; policy accept;',
};

/** Changes with every change to the rules, so that an older release's table is recognised as such. */
const edition = createHash('sha256').update(JSON.stringify([sets, targets, guardRules, basePolicies])).digest('hex').slice(0, 8);

const ruleComment = (chain: string, index: number): string => `${edition} ${chain} ${index}`;

/**
 * The ruleset that makes the table be as wanted, or undefined where it is already. Devices of `retain` keep what they
 * have, and so does every uplink then: it may be theirs.
 */
export function deltaGuard(desired: GuardSets, actual: NftTable | undefined, retain: ReadonlySet<string>): string | undefined {
  const wanted = elements(desired);
  if (actual === undefined || !hasOurRules(actual)) return wholeTable(withRetained(wanted, actual, retain));
  const lines: string[] = [];
  for (const [name, elementsWanted] of wanted) {
    const present = new Set((actual.sets.get(name) ?? []).map((element) => readElement(name, element)));
    const surplus = [...present].filter((element) => !elementsWanted.has(element) && !isRetained(name, element, retain));
    const missing = [...elementsWanted].filter((element) => !present.has(element));
    if (surplus.length > 0) lines.push(change('delete', name, surplus));
    if (missing.length > 0) lines.push(change('add', name, missing));
  }
  return lines.length === 0 ? undefined : `${lines.join('\n')}\n`;
}

/** The table after the ruleset of `deltaGuard` has been loaded. */
export function guardAfter(desired: GuardSets, actual: NftTable | undefined, retain: ReadonlySet<string>): NftTable {
  const sets = new Map([...withRetained(elements(desired), actual, retain)].map(([name, members]) => [name, [...members]]));
  const ruleComments = new Map(Object.entries(guardRules).map(([chain, rules]) => [chain, rules.map((_, index) => ruleComment(chain, index))]));
  return { sets, ruleComments, jumps: [] };
}

type Elements = ReadonlyMap<string, ReadonlySet<string>>;

function elements(desired: GuardSets): Elements {
  return new Map<string, ReadonlySet<string>>([...Object.entries(desired), [targets.name, desired.neighbours]]);
}

function withRetained(wanted: Elements, actual: NftTable | undefined, retain: ReadonlySet<string>): Elements {
  if (actual === undefined) return wanted;
  return new Map(
    [...wanted].map(([name, ours]) => {
      const kept = (actual.sets.get(name) ?? []).map((element) => readElement(name, element)).filter((text) => isRetained(name, text, retain));
      return [name, new Set([...ours, ...kept])];
    }),
  );
}

function isRetained(set: string, element: string, retain: ReadonlySet<string>): boolean {
  return retain.has(deviceOf(element)) || (set === 'secluded' && retain.size > 0 && !isTapName(element));
}

function hasOurRules(actual: NftTable): boolean {
  return Object.entries(guardRules).every(([chain, rules]) => {
    const comments = actual.ruleComments.get(chain);
    return comments?.length === rules.length && comments.every((comment, index) => comment === ruleComment(chain, index));
  });
}

function wholeTable(wanted: Elements): string {
  const table = `${guardTable.family} ${guardTable.name}`;
  const declared = [...Object.entries(sets), [targets.name, targets.type] as const].map(([name, type]) => `  set ${name} { ${type} }`);
  const chains = Object.entries(guardRules).toReversed().map(([chain, rules]) => {
    const body = rules.map((rule, index) => `    ${rule} comment "${ruleComment(chain, index)}"`);
    const policy = basePolicies[chain];
    return [`  chain ${chain} {`, ...(policy === undefined ? [] : [`    ${policy}`]), ...body, '  }'].join('\n');
  });
  const filled = [...wanted].filter(([, members]) => members.size > 0).map(([name, members]) => change('add', name, [...members]));
  return [`add table ${table}`, `delete table ${table}`, `table ${table} {`, ...declared, ...chains, '}', ...filled, ''].join('\n');
}

function change(verb: 'add' | 'delete', set: string, members: readonly string[]): string {
  const list = members.map((member) => writeElement(set, member)).join(', ');
  return `${verb} element ${guardTable.family} ${guardTable.name} ${set} { ${list} }`;
}

function deviceOf(element: string): string {
  return element.split('|', 1)[0] ?? '';
}

/** From the plan's text to nft's. */
function writeElement(set: string, element: string): string {
  const [device = '', value] = element.split('|');
  if (value === undefined) return `"${device}"`;
  if (set === 'sources') return `"${device}" . ${value}`;
  const [first = '', last = ''] = value.split('-');
  const text = (number: string): string => {
    if (set === targets.name) return `0x${BigInt(number).toString(16).padStart(32, '0')}`;
    return formatIp({ version: set === 'senders' ? 4 : 6, value: BigInt(number) });
  };
  return `"${device}" . ${first === last ? text(first) : `${text(first)}-${text(last)}`}`;
}

/** From nft's JSON to the plan's text; what is no element of ours comes out as text that no plan contains. */
function readElement(set: string, element: unknown): string {
  if (typeof element === 'string') return element;
  const [device, value] = (element as { readonly concat?: readonly unknown[] }).concat ?? [];
  if (typeof device !== 'string') return JSON.stringify(element);
  if (set === 'sources') return `${device}|${String(value)}`;
  const range = readRange(value);
  return range === undefined ? JSON.stringify(element) : `${device}|${range[0]}-${range[1]}`;
}

function readRange(value: unknown): readonly [bigint, bigint] | undefined {
  if (typeof value === 'string' || typeof value === 'number') {
    const number = readNumber(value);
    return number === undefined ? undefined : [number, number];
  }
  const { prefix, range } = value as {
    readonly prefix?: { readonly addr: string | number; readonly len: number };
    readonly range?: readonly (string | number)[];
  };
  if (prefix !== undefined) {
    const first = readNumber(prefix.addr);
    if (first === undefined) return undefined;
    const cidr = parseCidr(`${prefix.addr}/${prefix.len}`);
    return [first, cidr === undefined ? first | ((1n << BigInt(128 - prefix.len)) - 1n) : lastAddress(cidr)];
  }
  const [first, last] = (range ?? []).map(readNumber);
  return first === undefined || last === undefined ? undefined : [first, last];
}

function readNumber(value: string | number): bigint | undefined {
  if (typeof value === 'number') return BigInt(value);
  return addressValue(value) ?? (/^(0x[0-9a-f]+|\d+)$/i.test(value) ? BigInt(value) : undefined);
}
