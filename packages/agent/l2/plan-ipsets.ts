import { formatCidr, parseCidr } from '@neutrino/lib/net/cidr';
import type { EtherType, SecurityGroupRuleInfo } from '@neutrino/lib/rpc/payloads';
import { ipsetName } from './filter-names.ts';
import type { GroupMembers } from './plan-filter-rule.ts';
import { isFiltered, type Port } from './port.ts';
import { remoteGroupOf } from './remote-group.ts';

export interface DesiredIpset {
  readonly family: EtherType;
  /** As `ipset save` prints them: prefixes without host bits, single addresses without length. */
  readonly members: ReadonlySet<string>;
}

/** The sets that the rules of `ports` refer to. A group without members has an empty set, so that its first member changes no rule. */
export function planIpsets(
  ports: Iterable<Port>,
  groups: ReadonlyMap<string, readonly SecurityGroupRuleInfo[]>,
  members: GroupMembers,
): ReadonlyMap<string, DesiredIpset> {
  const sets = new Map<string, DesiredIpset>();
  const take = (rules: readonly SecurityGroupRuleInfo[]): void => {
    for (const rule of rules) {
      const [group, { ethertype }] = [remoteGroupOf(rule), rule];
      if (group === undefined) continue;
      const name = ipsetName(group, ethertype);
      if (!sets.has(name)) sets.set(name, { family: ethertype, members: membersOf(members.get(group)?.[ethertype] ?? [], ethertype) });
    }
  };
  const taken = new Set<string>();
  for (const port of ports) {
    if (!isFiltered(port)) continue;
    take(port.security?.security_group_rules ?? []);
    for (const id of port.security?.security_groups ?? []) {
      if (taken.has(id)) continue;
      taken.add(id);
      take(groups.get(id) ?? []);
    }
  }
  return sets;
}

const knownMembers = new WeakMap<readonly string[], ReadonlySet<string>>();

function membersOf(listed: readonly string[], family: EtherType): ReadonlySet<string> {
  const known = knownMembers.get(listed) ?? new Set(listed.flatMap((member) => ipsetMembers(member, family)));
  knownMembers.set(listed, known);
  return known;
}

/** hash:net takes no prefix of length 0; two halves are the same. A member of the other family is no member. */
function ipsetMembers(member: string, family: EtherType): string[] {
  const cidr = parseCidr(member);
  if (cidr === undefined || `IPv${cidr.version}` !== family) return [];
  if (cidr.prefixLength === 0) return cidr.version === 4 ? ['0.0.0.0/1', '128.0.0.0/1'] : ['::/1', '8000::/1'];
  const text = formatCidr(cidr);
  const single = cidr.prefixLength === (cidr.version === 4 ? 32 : 128);
  return [single ? text.slice(0, text.indexOf('/')) : text];
}
