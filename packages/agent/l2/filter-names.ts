import { createHash } from 'node:crypto';
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

const groupLetters = { ingress: 'gi', egress: 'go' } as const;
const setNameLength = 9;

/** The chain of what a set of security groups allows, by the name of the set. */
export function groupChain(direction: 'ingress' | 'egress', setName: string): string {
  return `${chainPrefix}${groupLetters[direction]}${setName}`;
}

/** A group is named by how its id begins (eight digits and a hyphen); several, in the order of their ids, by nine digits of a hash. */
export function groupSetName(ids: readonly string[]): string {
  const [id = ''] = ids;
  return ids.length === 1 ? id.slice(0, setNameLength) : createHash('sha256').update(ids.join(' ')).digest('hex').slice(0, setNameLength);
}

export function isGroupChain(chain: string): boolean {
  return chain.startsWith(chainPrefix) && /^g[io][0-9A-Za-z-]{1,9}$/.test(chain.slice(chainPrefix.length));
}

/** The set of a remote group's members. The two characters short of ipset's 31 are for the `-n` of its successor. */
export function ipsetName(groupId: string, family: EtherType): string {
  return `N${family}${groupId}`.slice(0, 29);
}

export function isOurIpset(name: string): boolean {
  return /^NIPv[46][0-9a-f]{8}-/.test(name);
}
