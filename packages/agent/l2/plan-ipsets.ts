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
  for (const port of ports) {
    if (!isFiltered(port)) continue;
    const own = port.security?.security_group_rules ?? [];
    const shared = (port.security?.security_groups ?? []).flatMap((id) => groups.get(id) ?? []);
    for (const rule of [...own, ...shared]) {
      const [group, { ethertype }] = [remoteGroupOf(rule), rule];
      if (group === undefined) continue;
      const name = ipsetName(group, ethertype);
      if (!sets.has(name)) {
        const listed = members.get(group)?.[ethertype] ?? [];
        sets.set(name, { family: ethertype, members: new Set(listed.flatMap((member) => ipsetMembers(member, ethertype))) });
      }
    }
  }
  return sets;
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
