import type { EtherType } from '@neutrino/lib/rpc/payloads';

/** Neutron's own prefix (16 characters of the program's name), so that operators recognise what they see. */
export const chainPrefix = 'neutron-linuxbri-';

/** Chains that exist once per host and family. */
export const chains = {
  forward: `${chainPrefix}FORWARD`,
  input: `${chainPrefix}INPUT`,
  prerouting: `${chainPrefix}PREROUTING`,
  output: `${chainPrefix}OUTPUT`,
  ports: `${chainPrefix}sg-chain`,
  fallback: `${chainPrefix}sg-fallback`,
  /** Never jumped to: it notes the flows that are still to be forgotten, so that a crash forgets none. */
  forget: `${chainPrefix}forget`,
} as const;

/** i: what may enter the instance; o: what may leave it; s: the addresses it may send from. */
export type PortChain = 'i' | 'o' | 's';

/** iptables takes 28 characters; ten of the port's id are left. */
export function portChain(kind: PortChain, tap: string): string {
  return `${chainPrefix}${kind}${tap.slice(3, 13)}`;
}

export function isPortChain(chain: string): boolean {
  return chain.startsWith(chainPrefix) && /^[ios][0-9a-f]{8}-[0-9a-f]$/.test(chain.slice(chainPrefix.length));
}

/** The set of a remote group's members. The two characters short of ipset's 31 are for the `-n` of its successor. */
export function ipsetName(groupId: string, family: EtherType): string {
  return `N${family}${groupId}`.slice(0, 29);
}

export function isOurIpset(name: string): boolean {
  return /^NIPv[46][0-9a-f]{8}-/.test(name);
}
