import type { CompiledQuery } from 'kysely';
import { insertRows } from '../db/insert-rows.ts';
import { inParts } from '../db/in-parts.ts';
import { writeTogether } from '../db/together.ts';
import type { DbOrTx, Tx } from '../db/types.ts';
import { distinctChanges, type AgentChange } from './agent-change.ts';

/** For one row of the outbox. */
const changesAtOnce = 500;

/**
 * Leaves changes for agents, in the transaction that makes them: they are known if and only if it commits. Nothing is locked, and nobody
 * waits: their numbers are given afterwards (`number-changes.ts`).
 */
export async function recordChanges(tx: Tx, changes: readonly AgentChange[]): Promise<void> {
  await writeTogether(tx, changeStatements(tx, changes));
}

/** The same for whoever sends all statements of a transaction together: one insert, or none where there is nothing to tell. */
export function changeStatements(db: DbOrTx, changes: readonly AgentChange[]): readonly CompiledQuery[] {
  return insertRows(db, 'agent_change_outbox', inParts(distinctChanges(changes), changesAtOnce).map((part) => ({ id: crypto.randomUUID(), changes: JSON.stringify(part) })));
}
