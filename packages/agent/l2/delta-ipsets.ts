import type { EtherType } from '@neutrino/lib/rpc/payloads';
import type { SavedIpset } from '../linux/ipset.ts';
import { isOurIpset } from './filter-names.ts';
import type { DesiredIpset } from './plan-ipsets.ts';

export interface IpsetDelta {
  /** Lines of `ipset restore`: sets that are new, and members that came. To be applied before the rules. */
  readonly grow: readonly string[];
  /** Members that went. To be applied after the flows that they allowed have been noted. */
  readonly shrink: readonly string[];
  /** Sets that nothing refers to after the rules have been applied. */
  readonly unused: readonly string[];
  /** Members that went, by set. */
  readonly removed: ReadonlyMap<string, { readonly family: EtherType; readonly members: readonly string[] }>;
}

/** Beyond this many changes a set is built anew beside the old one and swapped in, which costs readers nothing. */
const swapThreshold = 64;
const defaultMaxElements = 65_536;

export function deltaIpsets(desired: ReadonlyMap<string, DesiredIpset>, actual: ReadonlyMap<string, SavedIpset>): IpsetDelta {
  const grow: string[] = [];
  const shrink: string[] = [];
  const removed = new Map<string, { family: EtherType; members: readonly string[] }>();
  for (const [name, set] of desired) {
    const present = actual.get(name);
    if (present === undefined) {
      grow.push(create(name, set), ...[...set.members].map((member) => `add ${name} ${member}`));
      continue;
    }
    const missing = [...set.members].filter((member) => !present.members.has(member));
    const surplus = [...present.members].filter((member) => !set.members.has(member));
    if (surplus.length > 0) removed.set(name, { family: set.family, members: surplus });
    if (missing.length + surplus.length > swapThreshold || set.members.size > present.maxElements) {
      shrink.push(...rebuild(name, set));
    } else {
      grow.push(...missing.map((member) => `add ${name} ${member}`));
      shrink.push(...surplus.map((member) => `del ${name} ${member}`));
    }
  }
  const unused = [...actual.keys()].filter((name) => isOurIpset(name) && !desired.has(name));
  return { grow, shrink, unused, removed };
}

function rebuild(name: string, set: DesiredIpset): string[] {
  const successor = `${name}-n`;
  return [
    create(successor, set), `flush ${successor}`, ...[...set.members].map((member) => `add ${successor} ${member}`),
    `swap ${successor} ${name}`, `destroy ${successor}`,
  ];
}

function create(name: string, set: DesiredIpset): string {
  let maximum = defaultMaxElements;
  while (maximum < set.members.size) maximum *= 2;
  const limit = maximum === defaultMaxElements ? '' : ` maxelem ${maximum}`;
  return `create ${name} hash:net family ${set.family === 'IPv4' ? 'inet' : 'inet6'}${limit}`;
}
