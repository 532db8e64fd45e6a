import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { Db } from '../db/types.ts';
import { routerCounts } from './router-bindings.ts';

type Candidate = Pick<AgentView, 'id'>;

/**
 * How many routers each agent has, for whoever places many one after another: the database counts them once, when first asked, and what
 * is placed is counted here. What others place meanwhile is not seen: it makes agents a little less even, and nothing wrong.
 */
export class RouterLoads {
  readonly #db: Db;
  #counts: Map<string, number> | undefined;

  constructor(db: Db) {
    this.#db = db;
  }

  /** Agent → how many; agents without any are not in it. */
  async current(): Promise<ReadonlyMap<string, number>> {
    this.#counts ??= new Map(await routerCounts(this.#db));
    return this.#counts;
  }

  /** The one with the fewest; asks for nothing where there is no choice. */
  async idlest<T extends Candidate>(candidates: readonly T[]): Promise<T | undefined> {
    if (candidates.length < 2) return candidates[0];
    const counts = await this.current();
    return candidates.toSorted((a, b) => (counts.get(a.id) ?? 0) - (counts.get(b.id) ?? 0) || (a.id < b.id ? -1 : 1))[0];
  }

  /** The agent was given one more, and keeps it: after the commit. */
  add({ id }: Candidate): void {
    this.#counts?.set(id, (this.#counts.get(id) ?? 0) + 1);
  }
}
