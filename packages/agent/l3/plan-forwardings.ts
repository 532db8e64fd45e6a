import { portProtocols } from '@neutrino/lib/net/ip-protocol';
import type { RouterPortForwarding } from '@neutrino/lib/rpc/router-payloads';

/** A name of a chain has room for so much of an id. */
const CHAIN_ID = 8;

/** Chains of port forwardings, by their short names: one for all, which leads to one for each. Null where there are none. */
export function forwardingChains(forwardings: readonly RouterPortForwarding[], chain: (name: string) => string): Readonly<Record<string, readonly string[]>> | null {
  const sorted = forwardings.filter(hasPorts).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  if (sorted.length === 0) return null;
  const own = Map.groupBy(sorted, ({ id }) => `pf-${id.slice(0, CHAIN_ID)}`);
  return {
    'fip-pf': [...own.keys()].map((name) => `-j ${chain(name)}`),
    ...Object.fromEntries([...own].map(([name, each]) => [name, each.map((forwarding) => `${outsideMatch(forwarding)} -j DNAT --to-destination ${destination(forwarding)}`)])),
  };
}

/** What is sent to the ports outside. */
export function outsideMatch({ floatingAddress, protocol, external }: RouterPortForwarding): string {
  return `-d ${floatingAddress}/32 -p ${protocol} -m ${protocol} --dport ${ports(external)}`;
}

/** What is sent from the ports inside. */
export function insideMatch({ internalAddress, protocol, internal }: RouterPortForwarding): string {
  return `-s ${internalAddress}/32 -p ${protocol} -m ${protocol} --sport ${ports(internal)}`;
}

/** Of other protocols nothing can be forwarded, whatever the API takes. */
export function hasPorts({ protocol }: Pick<RouterPortForwarding, 'protocol'>): boolean {
  return portProtocols.includes(protocol);
}

function ports({ first, last }: RouterPortForwarding['external']): string {
  return first === last ? String(first) : `${first}:${last}`;
}

/** Of several ports inside each has its own outside: they are counted from the first one outside. */
function destination({ internalAddress, internal, external }: RouterPortForwarding): string {
  if (internal.first === internal.last) return `${internalAddress}:${internal.first}`;
  return `${internalAddress}:${internal.first}-${internal.last}${external.first === external.last ? '' : `/${external.first}`}`;
}
