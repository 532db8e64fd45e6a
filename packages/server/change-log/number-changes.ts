import { databaseTime } from '../db/database-time.ts';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { insertRows } from '../db/insert-rows.ts';
import { writeTogether } from '../db/together.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import { distinctChanges, parseChanges, type AgentChange } from './agent-change.ts';
import { networksBehind } from './networks-behind.ts';

export interface NumberedChanges {
  readonly revision: number;
  readonly changes: readonly AgentChange[];
  /** More were left than are numbered at once. */
  readonly more: boolean;
}

export interface NumberingOptions {
  /** Agents are told what is behind tunnels: where they are not, nobody asks what changed there. Default: false. */
  readonly populatesTunnels?: boolean;
}

const ofTunnels: ReadonlySet<string> = new Set(['tunnels', 'copies', 'end']);

/** Rows of the outbox that get one number. */
const rowsAtOnce = 500;

/**
 * Gives what was committed since the last time one number, the next, and moves it to the log. Undefined where there was nothing.
 *
 * INVARIANT: the order of numbers is the order in which they become visible. A number is drawn, its changes are written and the number
 * is counted in one transaction that holds the counter's lock until it commits: whoever sees the counter at N sees all changes up to N,
 * and none with such a number comes later. What has not been committed yet has no number that a reader could step past.
 */
export async function numberChanges(db: Db, { populatesTunnels = false }: NumberingOptions = {}): Promise<NumberedChanges | undefined> {
  return transact(db, async (tx) => {
    const counter = await tx.selectFrom('agent_change_counter').select('revision').where('id', '=', 1).forUpdate().executeTakeFirstOrThrow();
    const rows = await tx.selectFrom('agent_change_outbox').selectAll().limit(rowsAtOnce).execute();
    if (rows.length === 0) return undefined;
    const revision = Number(counter.revision) + 1;
    const left = rows.flatMap((row) => parseChanges(row.changes));
    const changes = await atEveryHost(tx, distinctChanges([...left.filter(({ kind }) => !ofTunnels.has(kind)), ...(populatesTunnels ? await networksBehind(tx, left) : [])]));
    const recorded_at = databaseTime();
    await writeTogether(tx, [
      tx.deleteFrom('agent_change_outbox').where(inList('id', rows.map(({ id }) => id))).compile(),
      ...insertRows(tx, 'agent_changes', changes.map(({ kind, subject, object }) => ({ revision, kind, subject, object_id: object, recorded_at }))),
      tx.updateTable('agent_change_counter').set({ revision }).where('id', '=', 1).compile(),
    ]);
    return { revision, changes, more: rows.length === rowsAtOnce };
  });
}

/** True where something waits for its number. Costs no lock. */
export async function isAnythingUnnumbered(db: Db): Promise<boolean> {
  return (await db.selectFrom('agent_change_outbox').select('id').limit(1).executeTakeFirst()) !== undefined;
}

/** The writer names the host of a port that it knows; an instance that is about to move is prepared on another, too. */
async function atEveryHost(tx: Tx, changes: readonly AgentChange[]): Promise<readonly AgentChange[]> {
  const ports = [...new Set(changes.flatMap(({ kind, object }) => (kind === 'port' ? [object] : [])))];
  const bindings = await unlessEmpty(ports, (part) => tx.selectFrom('port_bindings').select(['port_id', 'host']).where(inList('port_id', part)).where('host', '<>', '').execute());
  return distinctChanges([...changes, ...bindings.map(({ port_id, host }): AgentChange => ({ kind: 'port', subject: host, object: port_id }))]);
}
