import { run } from '../privileged/run.ts';

/** A table as nft reads it back: its sets' elements in nft's JSON, and the comments of each chain's rules in order. */
export interface NftTable {
  readonly sets: ReadonlyMap<string, readonly unknown[]>;
  readonly ruleComments: ReadonlyMap<string, readonly string[]>;
}

/** Undefined where there is no such table. */
export async function readNftTable(family: string, name: string): Promise<NftTable | undefined> {
  const result = await run(['nft', '-j', 'list', 'table', family, name], { accept: [1] });
  if (result.code !== 0) return undefined;
  return parseNftTable(result.stdout);
}

/** Reads what `nft -j list table` prints. */
export function parseNftTable(text: string): NftTable {
  const sets = new Map<string, readonly unknown[]>();
  const ruleComments = new Map<string, string[]>();
  for (const entry of (JSON.parse(text) as { readonly nftables: readonly NftEntry[] }).nftables) {
    if (entry.set !== undefined) sets.set(entry.set.name, entry.set.elem ?? []);
    if (entry.chain !== undefined) ruleComments.set(entry.chain.name, []);
    if (entry.rule !== undefined) ruleComments.get(entry.rule.chain)?.push(entry.rule.comment ?? '');
  }
  return { sets, ruleComments };
}

/** Applies a ruleset in one transaction: all of it or nothing. */
export async function loadNft(ruleset: string): Promise<void> {
  await run(['nft', '-f', '-'], { input: ruleset });
}

interface NftEntry {
  readonly set?: { readonly name: string; readonly elem?: readonly unknown[] };
  readonly chain?: { readonly name: string };
  readonly rule?: { readonly chain: string; readonly comment?: string };
}
