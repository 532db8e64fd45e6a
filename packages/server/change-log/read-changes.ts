import { inList } from '../db/id-list.ts';
import type { DbOrTx } from '../db/types.ts';
import { isChangeKind, type AgentChange, type ChangeKind } from './agent-change.ts';

/** By kind, the subjects whose changes are wanted. */
export type Subjects = Partial<Readonly<Record<ChangeKind, readonly string[]>>>;

/** A change with the number under which it came last. */
export interface LoggedChange extends AgentChange {
  readonly revision: number;
}

/** The newest number. */
export async function newestRevision(db: DbOrTx): Promise<number> {
  const { revision } = await db.selectFrom('agent_change_counter').select('revision').where('id', '=', 1).executeTakeFirstOrThrow();
  return Number(revision);
}

/**
 * What changed of the subjects after `since` and up to `until`, each change once: a query for each kind, which reads as many rows as
 * there are such changes. Undefined where the log no longer reaches back to `since`, or has never been there.
 */
export async function changesBetween(db: DbOrTx, { since, until }: { readonly since: number; readonly until: number }, subjects: Subjects): Promise<readonly LoggedChange[] | undefined> {
  const found: LoggedChange[] = [];
  for (const [kind, wanted = []] of Object.entries(subjects)) {
    if (wanted.length === 0 || !isChangeKind(kind) || since >= until) continue;
    const rows = await db
      .selectFrom('agent_changes')
      .select(({ fn }) => ['subject', 'object_id', fn.max('revision').as('newest')])
      .where('kind', '=', kind)
      .where(inList('subject', wanted))
      .where('revision', '>', since)
      .where('revision', '<=', until)
      .groupBy(['subject', 'object_id'])
      .execute();
    found.push(...rows.map(({ subject, object_id, newest }) => ({ kind, subject, object: object_id, revision: Number(newest) })));
  }
  // Asked last: what was forgotten while the rows were read is counted already.
  const { forgotten } = await db.selectFrom('agent_change_counter').select('forgotten').where('id', '=', 1).executeTakeFirstOrThrow();
  return since < Number(forgotten) || since > until ? undefined : found;
}
