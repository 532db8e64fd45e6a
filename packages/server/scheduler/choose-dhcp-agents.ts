import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';

export interface DhcpChoice {
  /** Agents that could serve the network. */
  readonly candidates: readonly AgentView[];
  /** Those of them, or others, that serve it already. */
  readonly serving: readonly AgentView[];
  /** How many are to serve it in all: `dhcp_agents_per_network`. */
  readonly wanted: number;
  /** agent id → number of networks that it serves. */
  readonly loads: ReadonlyMap<string, number>;
}

/**
 * Which agents are to be added: one after the other, each from the availability zone that has the fewest of
 * the network's agents, there the one with the fewest networks. Pure; ties are broken by id.
 */
export function chooseDhcpAgents({ candidates, serving, wanted, loads }: DhcpChoice): readonly AgentView[] {
  const load = (agent: AgentView): number => loads.get(agent.id) ?? 0;
  const left = candidates
    .filter((agent) => !serving.some(({ id }) => id === agent.id))
    .toSorted((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1));
  const perZone = new Map<string | null, number>();
  for (const { availability_zone: zone } of serving) perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
  const chosen: AgentView[] = [];
  while (serving.length + chosen.length < wanted) {
    const inZone = (agent: AgentView): number => perZone.get(agent.availability_zone) ?? 0;
    const fewest = Math.min(...left.map(inZone));
    const next = left.find((agent) => inZone(agent) === fewest);
    if (next === undefined) break;
    chosen.push(next);
    left.splice(left.indexOf(next), 1);
    perZone.set(next.availability_zone, fewest + 1);
  }
  return chosen;
}
