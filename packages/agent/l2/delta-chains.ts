import type { SavedTables } from '../linux/iptables.ts';
import { canonicalRule } from '../linux/iptables.ts';
import { chainPrefix, chains, portChain } from './filter-names.ts';
import { editChain } from './edit-chain.ts';
import { sharedRuleRank, type FilterChains, type FilterTable } from './plan-filter.ts';
import type { ChainChanges, ChainEdit, Hook, TableChanges } from './steps.ts';

const filterTables: readonly FilterTable[] = ['filter', 'raw'];

/** The jumps that put our chains in a packet's way. */
const hooks: Readonly<Record<FilterTable, readonly Hook[]>> = {
  filter: [
    { chain: 'FORWARD', target: chains.forward },
    { chain: 'INPUT', target: chains.input },
  ],
  raw: [
    { chain: 'PREROUTING', target: chains.prerouting },
    { chain: 'OUTPUT', target: chains.output },
  ],
};

/**
 * What of one family's tables must change; empty where nothing must. Chains that are not ours are not touched. With `edits`, long chains
 * of which little changes are not written anew; what else happens to them until then would lead astray.
 */
export function deltaChains(desired: FilterChains, actual: SavedTables, edits: boolean): ChainChanges {
  return filterTables
    .map((table) => deltaTable(table, desired[table], actual.get(table) ?? new Map(), edits))
    .filter(({ rewrite, edit, remove, insert, drop }) => rewrite.size + edit.size + remove.length + insert.length + drop.length > 0);
}

function deltaTable(
  table: FilterTable,
  desired: ReadonlyMap<string, readonly string[]>,
  actual: ReadonlyMap<string, readonly string[]>,
  edits: boolean,
): TableChanges {
  const rewrite = new Map<string, readonly string[]>();
  const edit = new Map<string, ChainEdit>();
  for (const [chain, rules] of desired) {
    const present = actual.get(chain);
    if (sameRules(rules, present)) continue;
    const change = edits && present !== undefined ? editChain(rules, present) : undefined;
    if (change === undefined) rewrite.set(chain, rules);
    else edit.set(chain, change);
  }
  const drop = [...actual.keys()].filter((chain) => chain.startsWith(chainPrefix) && !desired.has(chain));
  const remove: Hook[] = [];
  const insert: Hook[] = [];
  for (const hook of hooks[table]) {
    const wanted = desired.has(hook.target) ? 1 : 0;
    const present = (actual.get(hook.chain) ?? []).filter((rule) => rule === `-j ${hook.target}`).length;
    for (let surplus = present; surplus > wanted; surplus--) remove.push(hook);
    if (present < wanted) insert.push(hook);
  }
  remove.push(...strayJumps(table, actual, new Set(drop)));
  return { table, rewrite, edit, remove, insert, drop };
}

/** Jumps to chains that go from such as are nobody's of ours: Neutron's agent has more chains of its own, and more ways to them. */
function strayJumps(table: FilterTable, actual: ReadonlyMap<string, readonly string[]>, drop: ReadonlySet<string>): readonly Hook[] {
  const isHook = (chain: string, target: string): boolean => hooks[table].some((hook) => hook.chain === chain && hook.target === target);
  return [...actual].flatMap(([chain, rules]) => {
    if (chain.startsWith(chainPrefix)) return [];
    return rules.flatMap((rule): Hook[] => {
      const target = /^-j (\S+)$/.exec(rule)?.[1] ?? '';
      return drop.has(target) && !isHook(chain, target) ? [{ chain, target }] : [];
    });
  });
}

function sameRules(desired: readonly string[], actual: readonly string[] | undefined): boolean {
  if (actual === desired) return true;
  return actual?.length === desired.length && desired.every((rule, index) => rule === actual[index] || canonicalRule(rule) === canonicalRule(actual[index] ?? ''));
}

/** The tables after the changes. */
export function applyChains(before: SavedTables, changes: ChainChanges): SavedTables {
  const after = new Map(before);
  for (const { table, rewrite, edit, remove, insert, drop } of changes) {
    const chains = new Map([...(before.get(table) ?? []), ...rewrite]);
    for (const [chain, { rules }] of edit) chains.set(chain, rules);
    for (const { chain, target } of remove) {
      const rules = chains.get(chain) ?? [];
      chains.set(chain, rules.toSpliced(rules.indexOf(`-j ${target}`), 1));
    }
    for (const { chain, target } of insert) chains.set(chain, [`-j ${target}`, ...(chains.get(chain) ?? [])]);
    for (const chain of drop) chains.delete(chain);
    after.set(table, chains);
  }
  return after;
}

/** The input of `iptables-restore --noflush`. Naming a chain empties it; each table is one transaction. */
export function restoreInput(changes: ChainChanges): string {
  const lines: string[] = [];
  for (const { table, rewrite, edit, remove, insert, drop } of changes) {
    lines.push(`*${table}`);
    // A chain that goes is emptied first: it may be what still refers to another that goes.
    for (const chain of [...rewrite.keys(), ...drop]) lines.push(`:${chain} - [0:0]`);
    for (const { chain, target } of remove) lines.push(`-D ${chain} -j ${target}`);
    for (const { chain, target } of insert) lines.push(`-I ${chain} 1 -j ${target}`);
    for (const [chain, rules] of rewrite) for (const rule of rules) lines.push(`-A ${chain} ${rule}`);
    for (const [chain, change] of edit) {
      for (const rule of change.remove) lines.push(`-D ${chain} ${rule}`);
      for (const { at, rule } of change.insert) lines.push(`-I ${chain} ${at} ${rule}`);
    }
    for (const chain of drop) lines.push(`-X ${chain}`);
    lines.push('COMMIT');
  }
  return `${lines.join('\n')}\n`;
}

/** The chain that a line of `restoreInput` belongs to, counted from 1; undefined where it is none's rule. */
export function chainOfLine(input: string, line: number): string | undefined {
  return /^-[ADI] (\S+)/.exec(input.split('\n')[line - 1] ?? '')?.[1];
}

/**
 * `desired` with what is there for `devices`: ports of which the server has not told us what they should
 * be. They keep what an earlier run gave them.
 */
export function retainChains(desired: FilterChains, actual: SavedTables, devices: ReadonlySet<string>): FilterChains {
  if (devices.size === 0) return desired;
  const filter = new Map(desired.filter);
  const present = actual.get('filter') ?? new Map<string, readonly string[]>();
  for (const device of devices) {
    for (const kind of ['i', 'o', 's'] as const) {
      const chain = portChain(kind, device);
      const rules = present.get(chain);
      if (rules === undefined) continue;
      filter.set(chain, rules);
      const behind = chainBehind(rules);
      const ofGroups = behind === undefined ? undefined : present.get(behind);
      if (behind !== undefined && ofGroups !== undefined && !filter.has(behind)) filter.set(behind, ofGroups);
    }
  }
  for (const chain of [chains.forward, chains.input, chains.ports]) {
    const kept = (present.get(chain) ?? []).filter((rule) => devices.has(deviceOfRule(rule) ?? ''));
    filter.set(chain, [...(desired.filter.get(chain) ?? []), ...kept].sort(bySharedOrder));
  }
  return { filter, raw: desired.raw };
}

/** The chain that a port's chain ends in: that of its groups. */
export function chainBehind(rules: readonly string[]): string | undefined {
  const last = rules.at(-1);
  return last?.startsWith('-g ') === true ? last.slice(3) : undefined;
}

function bySharedOrder(one: string, other: string): number {
  const ranks = sharedRuleRank(one) - sharedRuleRank(other);
  if (ranks !== 0) return ranks;
  const [first, second] = [deviceOfRule(one) ?? '', deviceOfRule(other) ?? ''];
  return first === second ? 0 : first < second ? -1 : 1;
}

function deviceOfRule(rule: string): string | undefined {
  return /--physdev-(?:in|out) (tap[0-9a-f-]+)/.exec(rule)?.[1];
}

/** Connection tracking zones that the kernel's rules give to bridges now. */
export function currentZones(actual: SavedTables): ReadonlyMap<string, number> {
  const zones = new Map<string, number>();
  for (const rule of actual.get('raw')?.get(chains.prerouting) ?? []) {
    const [, bridge, zone] = /^-i (\S+) .*--zone (\d+)/.exec(rule) ?? [];
    if (bridge !== undefined && zone !== undefined) zones.set(bridge, Number(zone));
  }
  return zones;
}

