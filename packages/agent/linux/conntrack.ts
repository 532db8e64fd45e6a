import { cidrContains, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { addressBits, formatIp, type IpAddress } from '@neutrino/lib/net/ip';
import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { inNamespace } from '../privileged/network-namespace.ts';
import { forgetTrackedFlow, trackedFlows, type TrackedFlow } from '../privileged/tracked-flows.ts';

/** Flows to be forgotten: those to (or from) an address in a zone, further narrowed where the fields say so. */
export interface FlowSelector {
  readonly family: EtherType;
  readonly zone: number;
  readonly direction: 'ingress' | 'egress';
  /** The port's address. */
  readonly address: string;
  readonly protocol?: number;
  /** The other side's address. */
  readonly remote?: string;
}

/** Makes the kernel forget the flows, so that their next packet meets the rules anew. None matching is no failure. */
export function forgetFlows(flows: readonly FlowSelector[]): void {
  for (const [family, selectors] of Map.groupBy(flows, (flow) => flow.family)) {
    const meant = flowMatcher(selectors);
    // All flows of the host are looked at once, however many selectors there are.
    for (const flow of trackedFlows(family, new Set(selectors.map(({ zone }) => zone)))) {
      if (meant(flow)) forgetTrackedFlow(family, flow);
    }
  }
}

/** The same inside a namespace for all flows that are sent to one of these IPv4 addresses, or answered there. */
export function forgetFlowsOfAddresses(namespace: string, addresses: ReadonlySet<string>): void {
  const isMeant = (bytes: Buffer): boolean => bytes.length > 0 && addresses.has(formatIp(addressOf(bytes)));
  inNamespace(namespace, () => {
    for (const flow of trackedFlows('IPv4', new Set([0]))) {
      if (isMeant(flow.destination) || isMeant(flow.replyDestination)) forgetTrackedFlow('IPv4', flow);
    }
  });
}

/** Flows that were sent to some ports of an IPv4 address. */
export interface FlowsToPorts {
  readonly address: string;
  readonly protocol: number;
  readonly first: number;
  readonly last: number;
}

/** The same inside a namespace for all flows that were sent to some of these ports. */
export function forgetFlowsToPorts(namespace: string, ports: readonly FlowsToPorts[]): void {
  inNamespace(namespace, () => {
    for (const flow of trackedFlows('IPv4', new Set([0]))) {
      const destination = flow.destination.length === 0 ? '' : formatIp(addressOf(flow.destination));
      const isMeant = ports.some(({ address, protocol, first, last }) => address === destination && protocol === flow.protocol && first <= flow.destinationPort && flow.destinationPort <= last);
      if (isMeant) forgetTrackedFlow('IPv4', flow);
    }
  });
}

/** The same inside a namespace for all flows whose marks are among these, where the mask has bits. */
export function forgetMarkedFlows(namespace: string, marks: readonly number[], mask: number): void {
  inNamespace(namespace, () => {
    for (const family of ['IPv4', 'IPv6'] as const) {
      for (const flow of trackedFlows(family, new Set([0]))) if (marks.includes(flow.mark & mask)) forgetTrackedFlow(family, flow);
    }
  });
}

/** Whether any of the selectors means a flow. Most are of single addresses, and those are not looked through one by one. */
export function flowMatcher(selectors: readonly FlowSelector[]): (flow: Pick<TrackedFlow, 'zone' | 'source' | 'destination' | 'protocol'>) => boolean {
  const single = new Map<string, FlowSelector[]>();
  const prefixes: { readonly selector: FlowSelector; readonly prefix: Cidr }[] = [];
  for (const selector of selectors) {
    const prefix = parseCidr(selector.address);
    if (prefix === undefined) continue;
    if (prefix.prefixLength < addressBits(prefix.version)) prefixes.push({ selector, prefix });
    else single.set(keyOf(selector, prefix.first), [...(single.get(keyOf(selector, prefix.first)) ?? []), selector]);
  }
  return ({ zone, source, destination, protocol }) =>
    (['ingress', 'egress'] as const).some((direction) => {
      const [own, other] = direction === 'ingress' ? [destination, source] : [source, destination];
      const candidates = [
        ...(single.get(keyOf({ zone, direction }, addressOf(own).value)) ?? []),
        ...prefixes.filter(({ selector, prefix }) => selector.zone === zone && selector.direction === direction && cidrContains(prefix, addressOf(own))).map(({ selector }) => selector),
      ];
      return candidates.some((selector) => (selector.protocol === undefined || selector.protocol === protocol) && isRemote(selector, other));
    });
}

function isRemote({ remote }: FlowSelector, other: Buffer): boolean {
  const prefix = remote === undefined ? undefined : parseCidr(remote);
  return remote === undefined || (prefix !== undefined && cidrContains(prefix, addressOf(other)));
}

function keyOf({ zone, direction }: Pick<FlowSelector, 'zone' | 'direction'>, address: bigint): string {
  return `${zone} ${direction} ${address}`;
}

function addressOf(bytes: Buffer): IpAddress {
  return { version: bytes.length === 4 ? 4 : 6, value: BigInt(`0x${bytes.toString('hex') || '0'}`) };
}
