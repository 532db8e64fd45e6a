import { canonicalRule, type SavedTables } from '../linux/iptables.ts';
import type { RouterChains, RouterTable } from './plan-tables.ts';

const builtIn: Readonly<Record<RouterTable, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  raw: ['PREROUTING', 'OUTPUT'],
};

/** The input of iptables-restore for the tables that are not what they are to be; undefined where all are. */
export function tablesInput(desired: ReadonlyMap<RouterTable, RouterChains>, actual: SavedTables): string | undefined {
  // Few routers have anything in it: where nothing is to be there, the table need not be.
  const isLeft = !desired.has('raw') && [...(actual.get('raw') ?? new Map<string, readonly string[]>()).values()].some((rules) => rules.length > 0);
  const changed = [...desired, ...(isLeft ? [['raw', new Map()] as const] : [])].filter(([table, chains]) => !isSame(table, chains, actual.get(table) ?? new Map()));
  return changed.length === 0 ? undefined : changed.map(([table, chains]) => tableInput(table, chains)).join('');
}

function isSame(table: RouterTable, desired: RouterChains, actual: ReadonlyMap<string, readonly string[]>): boolean {
  const names = new Set([...desired.keys(), ...actual.keys()]);
  return [...names].every((name) => {
    // A chain of ours that is empty is there; a built-in one need not be told.
    if (!builtIn[table].includes(name) && (!desired.has(name) || !actual.has(name))) return false;
    const [wanted, present] = [desired.get(name) ?? [], actual.get(name) ?? []];
    return wanted.length === present.length && wanted.every((rule, index) => rule === present[index] || canonicalRule(rule) === canonicalRule(present[index] ?? ''));
  });
}

function tableInput(table: RouterTable, chains: RouterChains): string {
  const own = [...chains.keys()].filter((name) => !builtIn[table].includes(name));
  const lines = [
    `*${table}`,
    ...builtIn[table].map((name) => `:${name} ACCEPT [0:0]`),
    ...own.map((name) => `:${name} - [0:0]`),
    ...[...chains].flatMap(([name, rules]) => rules.map((rule) => `-A ${name} ${rule}`)),
    'COMMIT',
  ];
  return `${lines.join('\n')}\n`;
}

/** Floating address → the fixed address that the chains of `nat` lead to. */
export function floatingMappings(nat: ReadonlyMap<string, readonly string[]>): ReadonlyMap<string, string> {
  const mappings = new Map<string, string>();
  for (const rule of nat.get('neutron-l3-agent-PREROUTING') ?? []) {
    const [, floating, fixed] = /^-d (\S+)\/32 -j DNAT --to-destination (\S+)/.exec(rule) ?? [];
    if (floating !== undefined && fixed !== undefined) mappings.set(floating, fixed);
  }
  return mappings;
}
