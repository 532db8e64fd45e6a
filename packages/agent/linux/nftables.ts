import { run } from '../privileged/run.ts';

/** A table as nft reads it back: its sets' elements in nft's JSON, and the comments of each chain's rules in order. */
export interface NftTable {
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
  readonly ruleComments: ReadonlyMap<string, readonly string[]>;
  readonly jumps: readonly NftJump[];
}

/** A rule that leads from one chain to another. */
export interface NftJump {
  readonly chain: string;
  readonly handle: number;
  readonly target: string;
}

/** All tables of the family, by name. */
export async function readNftTables(family: string): Promise<ReadonlyMap<string, NftTable>> {
  return parseNftTables((await run(['nft', '-j', 'list', 'ruleset', family])).stdout);
}

/** Reads what `nft -j list ruleset` prints of one family. */
export function parseNftTables(text: string): ReadonlyMap<string, NftTable> {
  const entries = (JSON.parse(text) as { readonly nftables: readonly NftEntry[] }).nftables;
  const names = entries.flatMap(({ table }) => (table === undefined ? [] : [table.name]));
  return new Map(names.map((name) => [name, tableOf(entries.filter(({ set, chain, rule }) => (set ?? chain ?? rule)?.table === name))]));
}

function tableOf(entries: readonly NftEntry[]): NftTable {
  const sets = new Map<string, readonly unknown[]>();
  const ruleComments = new Map<string, string[]>();
  const jumps: NftJump[] = [];
  for (const entry of entries) {
    if (entry.set !== undefined) sets.set(entry.set.name, entry.set.elem ?? []);
    if (entry.chain !== undefined) ruleComments.set(entry.chain.name, []);
    if (entry.rule === undefined) continue;
    const { chain, comment = '', handle, expr = [] } = entry.rule;
    ruleComments.get(chain)?.push(comment);
    jumps.push(...expr.flatMap(({ jump }) => (jump === undefined ? [] : [{ chain, handle, target: jump.target }])));
  }
  return { sets, ruleComments, jumps };
}

/** Applies a ruleset in one transaction: all of it or nothing. */
export async function loadNft(ruleset: string): Promise<void> {
  await run(['nft', '-f', '-'], { input: ruleset });
}

interface NftEntry {
  readonly table?: { readonly name: string };
  readonly set?: { readonly table: string; readonly name: string; readonly elem?: readonly unknown[] };
  readonly chain?: { readonly table: string; readonly name: string };
  readonly rule?: { readonly table: string; readonly chain: string; readonly handle: number; readonly comment?: string; readonly expr?: readonly { readonly jump?: { readonly target: string } }[] };
}
