import type { EtherType } from '@neutrino/lib/rpc/payloads';
import { readTables, type IptablesPrograms, type SavedTables } from '../linux/iptables.ts';
import { readNftTables, type NftTable } from '../linux/nftables.ts';
import { rulesetGeneration } from '../privileged/ruleset-generation.ts';
import { applyChains } from './delta-chains.ts';
import { guardTable } from './delta-guard.ts';
import { formerGuardTable } from './former-guard.ts';
import type { FilterChains, HostFilter } from './plan-filter.ts';
import type { Step } from './steps.ts';

/** What the kernel's packet filter and bridge guard are. */
export interface FilterState {
  readonly tables: Readonly<Record<EtherType, SavedTables>>;
  readonly guard: NftTable | undefined;
  /** The table in which Neutron's agent has its guard. */
  readonly formerGuard: NftTable | undefined;
}

/**
 * The packet filter as it is: read from the kernel, or known from what this agent did to it since it was read.
 *
 * INVARIANT: what is remembered is believed only while the kernel's generation of the ruleset is the one that our own transactions made
 * it, each of which counts one. Whoever else changes any rule makes it another number, and the filter is read again. The legacy backend
 * counts nothing and is always read.
 */
export interface FilterMemory {
  readonly read: () => Promise<FilterState>;
  /**
   * All of the steps have been taken, exactly, on the state that was read last; after them the guard and the filter are as told, where the
   * latter is known. False where somebody else changed the filter meanwhile, so that they may have gone astray.
   */
  readonly taken: (steps: readonly Step[], guard: NftTable, filter?: HostFilter) => boolean;
  /** Something else may have happened to it. */
  readonly forget: () => void;
}

export function filterMemory(iptables: IptablesPrograms, generationOf: () => number | undefined = rulesetGeneration): FilterMemory {
  const counted = iptables.backend === 'nf_tables';
  let known: { readonly state: FilterState; readonly generation: number } | undefined;

  return {
    async read() {
      const before = counted ? generationOf() : undefined;
      if (known !== undefined && known.generation === before) return known.state;
      known = undefined;
      const state = await readFilters(iptables);
      if (before !== undefined && before === generationOf()) known = { state, generation: before };
      return state;
    },
    taken(steps, guard, filter) {
      if (known === undefined) return !counted;
      const generation = known.generation + steps.reduce((sum, step) => sum + transactions(step), 0);
      known = generationOf() === generation ? { state: afterSteps(known.state, steps, guard, filter), generation } : undefined;
      return known !== undefined;
    },
    forget: () => void (known = undefined),
  };
}

async function readFilters(iptables: IptablesPrograms): Promise<FilterState> {
  const [v4, v6, bridge] = await Promise.all([
    readTables(iptables, 'IPv4'),
    readTables(iptables, 'IPv6'),
    readNftTables(guardTable.family),
  ]);
  return { tables: { IPv4: v4, IPv6: v6 }, guard: bridge.get(guardTable.name), formerGuard: bridge.get(formerGuardTable) };
}

/** How many transactions of nftables a step is: each table of a restore is one. */
function transactions(step: Step): number {
  if (step.kind === 'load-guard') return 1;
  return step.kind === 'restore-chains' ? step.changes.length : 0;
}

function afterSteps(state: FilterState, steps: readonly Step[], guard: NftTable, filter: HostFilter | undefined): FilterState {
  let { tables } = state;
  for (const step of steps) {
    if (step.kind === 'restore-chains') tables = { ...tables, [step.family]: applyChains(tables[step.family], step.changes) };
  }
  return { tables: filter === undefined ? tables : { IPv4: inWordsOf(filter.IPv4, tables.IPv4), IPv6: inWordsOf(filter.IPv6, tables.IPv6) }, guard, formerGuard: state.formerGuard };
}

/** What is as planned is kept as the plan has it: then it is held once, and a chain that stays is known by being the same object. */
function inWordsOf(filter: FilterChains, tables: SavedTables): SavedTables {
  const after = new Map(tables);
  for (const table of ['filter', 'raw'] as const) after.set(table, new Map([...(tables.get(table) ?? []), ...filter[table]]));
  return after;
}
