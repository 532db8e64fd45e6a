import { cidrsOverlap, formatCidr, parseCidr, type Cidr } from '@neutrino/lib/net/cidr';
import { formatIp } from '@neutrino/lib/net/ip';

const LENGTH = 24;
const linkLocal = { version: 4, first: 0xa9fe0000n } as const;
/** The metadata address, and what distributed routers have between themselves. */
const taken = ['169.254.169.254/32', '169.254.64.0/18'];

/**
 * The address that the active copy has on the network by which copies watch one another: that it is there says which copy is active. All copies have to
 * agree on it, those of Neutron's own agents among them: the number of the router in the first range of 256 that is free beside the network's own prefixes.
 */
export function primaryAddress(vrId: number, ownPrefixes: readonly string[]): string {
  const excluded = [...taken, ...ownPrefixes].map(parseCidr).filter((cidr) => cidr !== undefined);
  for (let block = 0n; block < 256n; block++) {
    const range: Cidr = { version: 4, first: linkLocal.first + (block << 8n), prefixLength: LENGTH };
    if (excluded.every((other) => !cidrsOverlap(other, range))) return `${formatIp({ version: 4, value: range.first + BigInt(vrId) })}/${LENGTH}`;
  }
  throw new Error(`no range of ${LENGTH} bits is free beside ${excluded.map(formatCidr).join(', ')}`);
}
