import { createHash } from 'node:crypto';
import { readTables, type IptablesPrograms, type SavedTables } from '../linux/iptables.ts';
import { inNamespace } from '../privileged/network-namespace.ts';
import { rulesetGeneration } from '../privileged/ruleset-generation.ts';
import { readRulesetNote, writeRulesetNote } from '../privileged/ruleset-note.ts';
import type { RouterTables } from './plan-tables.ts';

/** What iptables has in a router's namespace. */
export type ActualTables = { readonly IPv4: SavedTables; readonly IPv6: SavedTables };

/**
 * The tables of routers: read from the kernel by two programs, or known from a note that this agent, or the one before it, left beside them in the
 * kernel. It says which tables they are, by a digest, and at which generation of the ruleset.
 *
 * INVARIANT: a note is believed only while the ruleset has that generation: every change of anything by anybody makes it another. The kernel
 * takes the note only where nothing has changed since the tables became what it says. The legacy backend counts nothing and is always read.
 */
export interface NotedTables {
  read(namespace: string, planned: RouterTables): Promise<ActualTables>;
  /** The namespace has just been made by this agent: it has no tables. */
  made(namespace: string): void;
  /** The tables are what was planned: after so many transactions since they were read or made, or none. */
  reached(namespace: string, planned: RouterTables, transactions: number): Promise<void>;
  forget(namespace: string): void;
}

interface Known {
  readonly generation: number;
  readonly tables: ActualTables;
  /** Of what the note says; absent where there is none. */
  readonly digest?: string;
}

const TABLE = 'neutron-l3-agent';
const none: ActualTables = { IPv4: new Map(), IPv6: new Map() };

export function notedTables(iptables: IptablesPrograms, { ipv6 }: { readonly ipv6: boolean }): NotedTables {
  const counted = iptables.backend === 'nf_tables';
  const known = new Map<string, Known>();

  const readAll = async (namespace: string): Promise<ActualTables> => {
    const [v4, v6] = await Promise.all([readTables(iptables, 'IPv4', namespace), ipv6 ? readTables(iptables, 'IPv6', namespace) : new Map()]);
    return { IPv4: v4, IPv6: v6 };
  };
  return {
    async read(namespace, planned) {
      if (!counted) return readAll(namespace);
      const { generation, digest } = inNamespace(namespace, currentNote);
      const before = known.get(namespace);
      if (generation !== undefined && digest !== undefined) {
        const noted = digest === digestOf(planned) ? planned : before?.digest === digest ? before.tables : undefined;
        if (noted !== undefined) {
          known.set(namespace, { generation, tables: noted, digest });
          return noted;
        }
      }
      known.delete(namespace);
      const tables = await readAll(namespace);
      if (generation !== undefined && inNamespace(namespace, rulesetGeneration) === generation) known.set(namespace, { generation, tables });
      return tables;
    },
    made(namespace) {
      const generation = counted ? inNamespace(namespace, rulesetGeneration) : undefined;
      if (generation === undefined) known.delete(namespace);
      else known.set(namespace, { generation, tables: none });
    },
    async reached(namespace, planned, transactions) {
      const before = known.get(namespace);
      const digest = digestOf(planned);
      if (before === undefined || (transactions === 0 && before.digest === digest)) return;
      known.delete(namespace);
      const generation = before.generation + transactions;
      try {
        await inNamespace(namespace, () => writeRulesetNote(TABLE, `${digest} at ${generation + 1}`, generation));
        known.set(namespace, { generation: generation + 1, tables: planned, digest });
      } catch {
        // Somebody else changed something meanwhile, or this kernel keeps no notes: the next pass reads.
      }
    },
    forget: (namespace) => void known.delete(namespace),
  };
}

/** The generation, and the digest of the note where that is of this generation. */
function currentNote(): { readonly generation: number | undefined; readonly digest: string | undefined } {
  const generation = rulesetGeneration();
  const [digest, at] = (generation === undefined ? undefined : readRulesetNote(TABLE))?.split(' at ') ?? [];
  return { generation, digest: at === String(generation) ? digest : undefined };
}

function digestOf({ IPv4, IPv6 }: RouterTables): string {
  const hash = createHash('sha256');
  for (const tables of [IPv4, IPv6]) for (const [table, chains] of tables) hash.update(JSON.stringify([table, ...chains]));
  return hash.digest('hex');
}
