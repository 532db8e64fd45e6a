import type { JsonObject } from '@neutrino/lib/json';
import type { ToldChange } from '@neutrino/lib/rpc/agent-changes';
import { isToldChange } from './told-change.ts';

/** What messages have told, so that an answer does not tell it again; and whether one is missing. */
export interface HeardMessages {
  /** Reads a message. `complete` is false where others before it have not come, or where it does not say all that the server knows. */
  take(args: JsonObject): { readonly changes: readonly ToldChange[]; readonly complete: boolean };
  /** Whether a message told of the change, at this revision or a later one. */
  has(change: ToldChange): boolean;
  /** No answer comes back to changes as old as this. */
  forgetUpTo(revision: number): void;
  forget(): void;
}

/** A server that is started anew is another one; those that are gone are not kept for ever. */
const mostServers = 64;

export function heardMessages(): HeardMessages {
  const told = new Map<string, number>();
  const sequences = new Map<string, number>();
  const keyOf = ({ kind, subject, object }: ToldChange): string => `${kind} ${object} ${subject}`;

  const isNext = (server: string, sequence: number): boolean => {
    const last = sequences.get(server) ?? 0;
    sequences.delete(server);
    sequences.set(server, Math.max(last, sequence));
    for (const oldest of sequences.keys()) if (sequences.size > mostServers) sequences.delete(oldest);
    // One that comes late or twice is no sign of a loss: the gap that it left was noticed before.
    return sequence <= last + 1;
  };

  return {
    take({ server, sequence, changes }) {
      const list = (Array.isArray(changes) ? changes : []).filter(isToldChange);
      const inOrder = typeof server === 'string' && typeof sequence === 'number' && isNext(server, sequence);
      // What is served is said by answers alone: by messages, which may come in any order, it would be the last to come that counts.
      const plain = list.filter(({ kind }) => kind !== 'served');
      for (const change of plain) told.set(keyOf(change), Math.max(told.get(keyOf(change)) ?? 0, change.revision));
      return { changes: plain, complete: inOrder && plain.length === list.length };
    },
    has: (change) => (told.get(keyOf(change)) ?? 0) >= change.revision,
    forgetUpTo(revision) {
      for (const [key, newest] of told) if (newest <= revision) told.delete(key);
    },
    forget() {
      told.clear();
      sequences.clear();
    },
  };
}
