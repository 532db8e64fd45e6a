import { protocolNumber } from '@neutrino/lib/net/ip-protocol';
import type { FlowsToPorts } from '../linux/conntrack.ts';

/** Ports of an address outside that lead inside, as the rules of `nat` say. */
interface Forwarded {
  readonly address: string;
  readonly protocol: number;
  readonly first: number;
  readonly last: number;
  /** Where the port leads. */
  readonly target: (port: number) => string;
}

type NatChains = ReadonlyMap<string, readonly string[]>;

const FORWARDING_CHAIN = 'neutron-l3-agent-pf-';
const RULE = /^-d (\S+)\/32 -p (\S+) -m \S+ --dport (\d+)(?::(\d+))? -j DNAT --to-destination ([^:]+):(\d+)(?:-(\d+))?(?:\/(\d+))?$/;

/** The flows to ports that lead elsewhere now than they did: those of no others, whose connections go on. */
export function movedFlows(wanted: NatChains, actual: NatChains): readonly FlowsToPorts[] {
  const [after, before] = [forwardedIn(wanted), forwardedIn(actual)];
  const moved: FlowsToPorts[] = [];
  for (const [, same] of Map.groupBy([...after, ...before], ({ address, protocol }) => `${address} ${protocol}`)) {
    const [one] = same;
    if (one === undefined) continue;
    const { address, protocol } = one;
    // Between two of these all ports fare alike.
    const starts = [...new Set(same.flatMap(({ first, last }) => [first, last + 1]))].toSorted((a, b) => a - b);
    for (const [index, first] of starts.entries()) {
      const next = starts[index + 1];
      const leads = (forwarded: readonly Forwarded[]): string | undefined => forwarded.find((each) => each.address === address && each.protocol === protocol && each.first <= first && first <= each.last)?.target(first);
      if (next !== undefined && leads(after) !== leads(before)) moved.push({ address, protocol, first, last: next - 1 });
    }
  }
  return moved;
}

function forwardedIn(nat: NatChains): readonly Forwarded[] {
  return [...nat].filter(([name]) => name.startsWith(FORWARDING_CHAIN)).flatMap(([, rules]) => rules.flatMap(forwardedBy));
}

function forwardedBy(rule: string): readonly Forwarded[] {
  const [, address = '', protocolName = '', first, last = first, inside, insideFirst, insideLast, base] = RULE.exec(rule) ?? [];
  const protocol = protocolNumber(protocolName);
  if (first === undefined || protocol === undefined) return [];
  // "9000-9010/8000": port 8000 leads to 9000, and so on.
  const target = (port: number): string => (base === undefined ? `${inside}:${insideFirst}-${insideLast ?? insideFirst}` : `${inside}:${Number(insideFirst) + port - Number(base)}`);
  return [{ address, protocol, first: Number(first), last: Number(last), target }];
}
