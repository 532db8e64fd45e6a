import { databaseTime } from '../db/database-time.ts';
import { transact } from '../db/transact.ts';
import type { Db } from '../db/types.ts';

export interface KeptChanges {
  /** `[agent_changes] keep_hours`. */
  readonly hours: number;
  /** `[agent_changes] keep_rows`. */
  readonly rows: number;
}

/** Rows of one transaction. */
const rowsAtOnce = 2_000;

/** Takes the oldest numbers out of the log that are older, or more, than are to be kept. Returns how many rows went. */
export async function forgetChanges(db: Db, kept: KeptChanges): Promise<number> {
  const before = databaseTime(new Date(Date.now() - kept.hours * 3_600_000));
  const surplus = await db.selectFrom('agent_changes').select('revision').orderBy('revision', 'desc').offset(kept.rows).limit(1).executeTakeFirst();
  let forgotten = 0;
  for (;;) {
    const part = await db.selectFrom('agent_changes').select(['revision', 'recorded_at']).orderBy('revision').limit(rowsAtOnce).execute();
    const old = part.filter(({ revision, recorded_at }) => recorded_at < before || Number(revision) <= Number(surplus?.revision ?? 0));
    const last = old.at(-1);
    if (last === undefined) return forgotten;
    const until = Number(last.revision);
    forgotten += await transact(db, async (tx) => {
      // With the lock of the counter, so that no reader takes what is half gone for all there was.
      await tx.selectFrom('agent_change_counter').select('revision').where('id', '=', 1).forUpdate().execute();
      const { numDeletedRows } = await tx.deleteFrom('agent_changes').where('revision', '<=', until).executeTakeFirstOrThrow();
      await tx.updateTable('agent_change_counter').set({ forgotten: until }).where('id', '=', 1).where('forgotten', '<', until).execute();
      return Number(numDeletedRows);
    });
  }
}
