import type { EtherType, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { chains, groupSetName } from './filter-names.ts';
import { planFilterRule, UnusableRule, type GroupMembers } from './plan-filter-rule.ts';
import type { Port } from './port.ts';

export type Direction = SecurityGroupRuleInfo['direction'];

/** What the security groups of a port allow: the same value for all ports with the same groups. */
export interface GroupSet {
  /** The end of the name of their chains; undefined where their rules stand in the ports' own. */
  readonly name: string | undefined;
  /** Rules of the chains for each family and direction. What none of them lets through is dropped by the last. */
  readonly rules: Readonly<Record<EtherType, Readonly<Record<Direction, readonly string[]>>>>;
  /** A port's groups are all stateful or all stateless: Neutron refuses a mixture. */
  readonly stateless: boolean;
}

export interface GroupSetInput {
  readonly groups: ReadonlyMap<string, readonly SecurityGroupRuleInfo[]>;
  readonly members: GroupMembers;
  readonly ipset: boolean;
  /** Told of rules that are left out. */
  readonly onUnusableRule: (port: Port, problem: string) => void;
}

/** Nothing else is allowed. */
const denied: readonly string[] = ['-m conntrack --ctstate INVALID -j DROP', `-j ${chains.fallback}`];

const ofNone: GroupSet = { name: undefined, rules: { IPv4: { ingress: denied, egress: denied }, IPv6: { ingress: denied, egress: denied } }, stateless: false };

/**
 * The set of groups of each port. Where Neutron has the rules of groups in the chains of each port, they stand once here, in chains that the
 * ports' chains end in: a changed rule is a changed chain or two, however many ports a host has in the group.
 *
 * Two sets whose chains would have one name (their ids begin alike, one chance in billions) get none.
 */
export function groupSets(ports: readonly Port[], input: GroupSetInput): (port: Port) => GroupSet {
  const sets = new Map<string, GroupSet>();
  const keys = new Map<string, string>();
  const ambiguous = new Set<string>();
  for (const port of ports) {
    const ids = groupsOf(port);
    const key = ids.join(' ');
    if (ids.length === 0 || sets.has(key)) continue;
    const set = planned(ids, port, input);
    sets.set(key, set);
    if (set.name === undefined) continue;
    if (keys.has(set.name)) ambiguous.add(set.name);
    keys.set(set.name, key);
  }
  for (const [key, set] of sets) if (ambiguous.has(set.name ?? '')) sets.set(key, { ...set, name: undefined });
  return (port) => sets.get(groupsOf(port).join(' ')) ?? ofNone;
}

const sortedGroups = new WeakMap<readonly string[], readonly string[]>();

function groupsOf({ security }: Port): readonly string[] {
  if (security === undefined) return [];
  const known = sortedGroups.get(security.security_groups);
  if (known !== undefined) return known;
  const sorted = security.security_groups.toSorted();
  sortedGroups.set(security.security_groups, sorted);
  return sorted;
}

interface Planned {
  readonly rules: readonly (readonly SecurityGroupRuleInfo[] | undefined)[];
  readonly set: GroupSet;
}

/** By the rules of their first group, and then by their name. */
const plannedSets = new WeakMap<readonly SecurityGroupRuleInfo[], Map<string, Planned>>();

/** Planned once for as long as the groups' rules stay. Where there are no ipsets the members are in the rules. */
function planned(ids: readonly string[], port: Port, input: GroupSetInput): GroupSet {
  const name = groupSetName(ids);
  const rules = ids.map((id) => input.groups.get(id));
  const [first] = rules;
  if (!input.ipset || first === undefined) return plan(name, rules, port, input);
  const ofFirst = plannedSets.get(first) ?? new Map<string, Planned>();
  plannedSets.set(first, ofFirst);
  const known = ofFirst.get(name);
  if (known?.rules.length === rules.length && rules.every((each, index) => each === known.rules[index])) return known.set;
  const set = plan(name, rules, port, input);
  ofFirst.set(name, { rules, set });
  return set;
}

function plan(name: string, groups: Planned['rules'], port: Port, input: GroupSetInput): GroupSet {
  const all = groups.flatMap((rules) => rules ?? []);
  const problems = new Set<string>();
  const chainOf = (family: EtherType, direction: Direction): readonly string[] => {
    const lines = all
      .filter((rule) => rule.direction === direction && rule.ethertype === family)
      .flatMap((rule) => linesOfRule(rule, { ...input, onUnusableRule: (_port, problem) => void problems.add(problem) }, port));
    return [...new Set(lines), ...denied];
  };
  const both = (family: EtherType): GroupSet['rules'][EtherType] => ({ ingress: chainOf(family, 'ingress'), egress: chainOf(family, 'egress') });
  const set = { name, rules: { IPv4: both('IPv4'), IPv6: both('IPv6') }, stateless: all.some(({ stateful }) => stateful === false) };
  for (const problem of problems) input.onUnusableRule(port, problem);
  return set;
}

/** The lines of one rule; none where it cannot be expressed. */
export function linesOfRule(rule: SecurityGroupRuleInfo, { ipset, members, onUnusableRule }: GroupSetInput, port: Port): readonly string[] {
  try {
    return planFilterRule(rule, { expandMembers: ipset ? undefined : members });
  } catch (error) {
    if (!(error instanceof UnusableRule)) throw error;
    onUnusableRule(port, error.message);
    return [];
  }
}
