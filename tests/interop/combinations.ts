import type { Make } from './programs.ts';

/** Whose server, whose agents on each of the two hosts, and whose L3 agent on which of them. */
export interface Combination {
  readonly server: Make;
  readonly agents: readonly [Make, Make];
  readonly routing: Routing;
}

export interface Routing {
  readonly make: Make;
  readonly on: 0 | 1;
  /** The L3 agent of the other host, which is started for highly available routers. */
  readonly other: Make;
}

/** Neutron's L3 agent beside either Linux bridge agent, and ours too; highly available routers at two of either make, and at one of each. */
export const combinations: readonly Combination[] = [
  { server: 'ours', agents: ['neutron', 'neutron'], routing: { make: 'neutron', on: 0, other: 'neutron' } },
  { server: 'ours', agents: ['ours', 'neutron'], routing: { make: 'neutron', on: 0, other: 'ours' } },
  { server: 'neutron', agents: ['ours', 'ours'], routing: { make: 'ours', on: 0, other: 'ours' } },
  { server: 'neutron', agents: ['ours', 'neutron'], routing: { make: 'ours', on: 1, other: 'neutron' } },
];

export function nameOf({ server, agents: [one, two] }: Combination): string {
  return `server ${server}, agents ${one === two ? one : `${one} and ${two}`}`;
}
