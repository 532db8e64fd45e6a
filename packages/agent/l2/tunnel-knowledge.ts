import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';
import { isJsonObject, type Json, type JsonObject } from '@neutrino/lib/json';
import type { Endpoint } from '@neutrino/lib/rpc/messaging';
import type { PluginApi } from '../rpc/plugin-api.ts';
import { vxlanName } from './device-names.ts';
import { forwardingTable, type ForwardingTable } from './forwarding-table.ts';
import type { Port } from './port.ts';

/**
 * What is known of what is behind the tunnels of this host's networks: from messages, each of which changes something, and from answers, which say
 * all. Knows nothing of the kernel. `ask` must not run twice at the same time.
 *
 * INVARIANT: a network in which something has changed since it was last asked about is due, or the server's log of changes names it when it is next
 * asked what changed. Messages may be lost, or be older than an answer: so whatever one is about is due as well.
 */
export interface TunnelKnowledge {
  readonly table: ForwardingTable;
  /** Takes what the server tells; `onChange` says that the table has changed. */
  readonly endpoint: (onChange: () => void) => Endpoint;
  /** What changed, as the log has it. */
  readonly changed: (changes: readonly ToldChange[]) => void;
  readonly isDue: () => boolean;
  /** Asks the server about all networks, about those that are due or new here, or about new ones alone. Rejects where it does not answer: what was asked about is due then. False where there was nothing to ask. */
  readonly ask: (about: 'everything' | 'due' | 'new') => Promise<boolean>;
  /** Forgets networks that are not here any more; returns those that are, with their tunnels' devices. */
  readonly retain: () => ReadonlyMap<string, string>;
}

interface KnowledgeOptions {
  readonly api: Pick<PluginApi, 'forwardingEntries'>;
  readonly localIp: string;
  /** This host's ports. */
  readonly ports: () => Iterable<Port>;
}

export function tunnelKnowledge({ api, localIp, ports }: KnowledgeOptions): TunnelKnowledge {
  const table = forwardingTable(localIp, (networkId) => tunnels(ports()).has(networkId));
  const due = new Set<string>();
  const asked = new Set<string>();
  /** False where the server has no answer to this question, as Neutron's has not. */
  let answers = true;
  /** What was told since the server was asked: it may be newer than the answer. */
  let toldMeanwhile: (() => void)[] | undefined;

  const retain = (): ReadonlyMap<string, string> => {
    const here = tunnels(ports());
    table.retain(new Set(here.keys()));
    for (const known of [due, asked]) for (const id of known) if (!here.has(id)) known.delete(id);
    return here;
  };

  const askAbout = async (networks: readonly string[]): Promise<void> => {
    const meanwhile: (() => void)[] = [];
    toldMeanwhile = meanwhile;
    // What is named from now on may have changed after the server has looked.
    for (const id of networks) due.delete(id);
    try {
      const entries = await api.forwardingEntries(networks);
      answers = entries !== undefined;
      if (entries === undefined) return;
      table.replace(networks, entries);
      for (const told of meanwhile) told();
      for (const id of networks) asked.add(id);
    } catch (error) {
      for (const id of networks) due.add(id);
      throw error;
    } finally {
      toldMeanwhile = undefined;
    }
  };

  return {
    table,
    retain,

    endpoint(onChange) {
      const changing = (take: (entries: Json | undefined) => void) => (_context: unknown, { fdb_entries: entries }: JsonObject): undefined => {
        const told = (): void => take(entries);
        told();
        toldMeanwhile?.push(told);
        const here = tunnels(ports());
        for (const id of networksOf(entries)) if (here.has(id)) due.add(id);
        onChange();
      };
      return { version: '1.5', methods: { add_fdb_entries: changing(table.add), remove_fdb_entries: changing(table.remove), update_fdb_entries: changing(table.update) } };
    },

    changed(changes) {
      const named = new Set(changes.flatMap(({ kind, subject }) => (kind === 'tunnels' ? [subject] : [])));
      // As long as none of a network's ports is this host's, nobody says here what changes in it: one that leaves may be back already.
      const moved = new Set(changes.flatMap(({ kind, object }) => (kind === 'port' ? [object] : [])));
      for (const { details } of ports()) if (named.has(details.network_id) || moved.has(details.port_id)) due.add(details.network_id);
    },

    isDue: () => due.size > 0,

    async ask(about) {
      const here = [...retain().keys()];
      const wanted = about === 'everything' ? here : here.filter((id) => (about === 'due' && due.has(id)) || (answers && !asked.has(id)));
      if (wanted.length > 0) await askAbout(wanted);
      return wanted.length > 0;
    },
  };
}

/** Network → its tunnel's device. */
function tunnels(ports: Iterable<Port>): ReadonlyMap<string, string> {
  return new Map(
    [...ports].flatMap(({ details: { network_type: type, network_id: id, segmentation_id: vni } }) => (type === 'vxlan' && vni !== null ? [[id, vxlanName(vni)] as const] : [])),
  );
}

/** The networks that a message is about, of whatever kind it is. */
function networksOf(entries: Json | undefined): readonly string[] {
  if (!isJsonObject(entries)) return [];
  const { chg_ip: changes, ...networks } = entries;
  return [...Object.keys(networks), ...(isJsonObject(changes) ? Object.keys(changes) : [])];
}
