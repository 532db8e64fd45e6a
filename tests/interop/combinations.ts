import type { Make } from './programs.ts';

/** Whose server, and whose agents on each of the two hosts. */
export interface Combination {
  readonly server: Make;
  readonly agents: readonly [Make, Make];
}

export const combinations: readonly Combination[] = [
  { server: 'ours', agents: ['neutron', 'neutron'] },
  { server: 'ours', agents: ['ours', 'neutron'] },
  { server: 'neutron', agents: ['ours', 'ours'] },
  { server: 'neutron', agents: ['ours', 'neutron'] },
];

export function nameOf({ server, agents: [one, two] }: Combination): string {
  return `server ${server}, agents ${one === two ? one : `${one} and ${two}`}`;
}
