import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { NetworkScheduler } from './network-scheduler-drivers.ts';

export interface DhcpChoice {
  readonly scheduler: NetworkScheduler;
  /** Agents that could serve the network. */
  readonly candidates: readonly AgentView[];
  /** Those of them, or others, that serve it already. */
  readonly serving: readonly AgentView[];
  /** How many are to serve it in all: `dhcp_agents_per_network`. */
  readonly wanted: number;
  /** agent id → how much it serves, in `dhcp_load_type`. */
  readonly loads: ReadonlyMap<string, number>;
}

/** Which agents are to be added, the first choice first. Pure but for chance; agents with the same load are taken by id. */
export function chooseDhcpAgents(choice: DhcpChoice): readonly AgentView[] {
  const { candidates, serving, loads, scheduler } = choice;
  const missing = Math.max(0, choice.wanted - serving.length);
  const load = (agent: AgentView): number => loads.get(agent.id) ?? 0;
  const left = candidates.filter((agent) => !serving.some(({ id }) => id === agent.id)).toSorted((a, b) => load(a) - load(b) || (a.id < b.id ? -1 : 1));
  if (scheduler === 'ChanceScheduler') return shuffled(left).slice(0, missing);
  if (scheduler === 'WeightScheduler') return left.slice(0, missing);
  return overZones(left, serving, missing);
}

/** One after the other, each from the zone that has the fewest of the network's agents; of such zones, from the one with the agent of the least load. */
function overZones(byLoad: readonly AgentView[], serving: readonly AgentView[], missing: number): readonly AgentView[] {
  const left = [...byLoad];
  const perZone = new Map<string | null, number>();
  for (const { availability_zone: zone } of serving) perZone.set(zone, (perZone.get(zone) ?? 0) + 1);
  const chosen: AgentView[] = [];
  while (chosen.length < missing) {
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

/** Each order as likely as any other (Fisher and Yates). */
function shuffled<T>(items: readonly T[]): readonly T[] {
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [result[last], result[other]] = [result[other] as T, result[last] as T];
  }
  return result;
}
