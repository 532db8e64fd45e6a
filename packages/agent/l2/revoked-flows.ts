import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { FlowSelector } from '../linux/conntrack.ts';
import { canonicalRule, type SavedTables } from '../linux/iptables.ts';
import { chainBehind } from './delta-chains.ts';
import { chains, chainPrefix, isPortChain } from './filter-names.ts';
import type { FilterChains } from './plan-filter.ts';

/**
 * An established flow passes without its rule being looked at again, so when a permission goes, the flows
 * that it let in must be forgotten. They are found from the kernel's own rules, not from memory; and they are
 * noted in the kernel (a chain that nothing jumps to) in the transaction that takes the permission away, so
 * that a crash before they are forgotten loses nothing.
 */
export interface RevokedMembers {
  readonly family: EtherType;
  readonly members: readonly string[];
}

/** Beyond this many, the flows of the port's address go without regard to the other side. */
const mostRemotes = 32;

/** The flows that lose their permission when `actual` becomes `desired` and members leave the ipsets. */
export function revokedFlows(
  family: EtherType,
  desired: FilterChains,
  actual: SavedTables,
  removedMembers: ReadonlyMap<string, RevokedMembers>,
): readonly FlowSelector[] {
  const present = actual.get('filter') ?? new Map<string, readonly string[]>();
  const ofGroups = new Map<string, readonly Permission[]>();
  /** What is lost with a chain of groups, which is the same for each of its ports. */
  const lostBehind = (chain: string): readonly Permission[] => {
    const known = ofGroups.get(chain) ?? lostPermissions(present.get(chain) ?? [], desired.filter.get(chain) ?? [], removedMembers);
    ofGroups.set(chain, known);
    return known;
  };
  const flows: FlowSelector[] = [];
  for (const [chain, rules] of present) {
    if (!isPortChain(chain)) continue;
    const kind = chain.charAt(chainPrefix.length);
    if (kind === 's') continue;
    const after = desired.filter.get(chain);
    const behind = chainBehind(rules);
    // Most passes change few chains of many, and those of groups rather than of ports.
    const isAsBefore = after !== undefined && removedMembers.size === 0 && isSame(rules, after);
    const lost = isAsBefore
      ? behind === undefined ? [] : lostBehind(behind)
      : lostPermissions(withGroups(rules, present), after === undefined ? undefined : withGroups(after, desired.filter), removedMembers);
    if (lost.length === 0) continue;
    const owner = sourcesOf(present.get(`${chainPrefix}s${chain.slice(chainPrefix.length + 1)}`) ?? []);
    const direction = kind === 'i' ? 'ingress' : 'egress';
    for (const address of owner.addresses) {
      for (const permission of lost) flows.push({ family, zone: owner.zone, direction, address, ...permission });
    }
  }
  return unique(flows);
}

/** All that a port's chain allows, with what the chain of its groups does. */
function withGroups(rules: readonly string[], filter: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const behind = chainBehind(rules);
  return behind === undefined ? rules : [...rules, ...(filter.get(behind) ?? [])];
}

function isSame(before: readonly string[], after: readonly string[]): boolean {
  return before === after || (before.length === after.length && before.every((rule, index) => rule === after[index]));
}

type Permission = Pick<FlowSelector, 'protocol' | 'remote'>;

function lostPermissions(
  before: readonly string[],
  after: readonly string[] | undefined,
  removedMembers: ReadonlyMap<string, RevokedMembers>,
): readonly Permission[] {
  // The port is gone, or no longer filtered: whoever gets its address next starts without its flows.
  if (after === undefined) return [{}];
  const kept = new Set(after.map(canonicalRule));
  const lost: Permission[] = [];
  for (const rule of before.filter((text) => text.endsWith('-j RETURN'))) {
    const protocol = /(?:^| )-p (\d+)/.exec(canonicalRule(rule))?.[1];
    const narrowed = protocol === undefined ? {} : { protocol: Number(protocol) };
    if (!kept.has(canonicalRule(rule))) lost.push(narrowed);
    const set = /--match-set (\S+)/.exec(rule)?.[1];
    const members = set === undefined ? undefined : removedMembers.get(set)?.members;
    if (members === undefined) continue;
    if (members.length > mostRemotes) lost.push(narrowed);
    else lost.push(...members.map((remote) => ({ ...narrowed, remote })));
  }
  return lost;
}

/** The addresses and the zone that a port's chain of sources (`s…`) tells. */
function sourcesOf(rules: readonly string[]): { readonly addresses: readonly string[]; readonly zone: number } {
  const addresses = new Set<string>();
  let zone = 0;
  for (const rule of rules) {
    const source = /(?:^| )-s (\S+)/.exec(rule)?.[1];
    const cidr = source === undefined ? undefined : parseCidr(source);
    if (cidr !== undefined) addresses.add(single(formatCidr(cidr)));
    zone = Number(/--comment "?zone (\d+)/.exec(rule)?.[1] ?? zone);
  }
  return { addresses: [...addresses], zone };
}

function single(cidr: string): string {
  return cidr.replace(/\/(32|128)$/, (suffix, length: string) => (cidr.includes(':') === (length === '128') ? '' : suffix));
}

/** The rule that notes a flow in the `forget` chain. It matches nothing to any effect: it has no target. */
export function noteOfFlow(flow: FlowSelector): string {
  const words = [flow.zone, flow.direction, flow.address, flow.protocol ?? 'any', flow.remote ?? 'any'];
  return `-m comment --comment "${words.join(' ')}"`;
}

/** The flows that an earlier pass noted and did not live to forget. */
export function notedFlows(family: EtherType, actual: SavedTables): readonly FlowSelector[] {
  return (actual.get('filter')?.get(chains.forget) ?? []).flatMap((rule): FlowSelector[] => {
    const match = /"(\d+) (ingress|egress) (\S+) (\S+) (\S+)"/.exec(rule);
    if (match === null) return [];
    const [, zone, direction, address = '', protocol, remote = 'any'] = match;
    return [
      {
        family, zone: Number(zone), direction: direction === 'ingress' ? 'ingress' : 'egress', address,
        ...(protocol === 'any' ? {} : { protocol: Number(protocol) }),
        ...(remote === 'any' ? {} : { remote }),
      },
    ];
  });
}

function unique(flows: readonly FlowSelector[]): readonly FlowSelector[] {
  return [...new Map(flows.map((flow) => [noteOfFlow(flow), flow])).values()];
}
