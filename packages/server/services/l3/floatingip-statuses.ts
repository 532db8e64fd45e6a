import { sql } from 'kysely';
import { databaseTime } from '../../db/database-time.ts';
import { inList } from '../../db/id-list.ts';
import { transact } from '../../db/transact.ts';
import type { Db } from '../../db/types.ts';

const statuses: ReadonlySet<string> = new Set(['ACTIVE', 'DOWN', 'ERROR']);

/**
 * What the agent of a router reports of its floating IPs. Those that it had and that lead nowhere any longer are down,
 * reported or not. Each status is one statement; nothing is written where nothing is new.
 */
export async function updateFloatingIpStatuses(db: Db, routerId: string, reported: ReadonlyMap<string, string>): Promise<void> {
  await transact(db, async (tx) => {
    for (const status of new Set([...reported.values()].filter((each) => statuses.has(each)))) {
      const ids = [...reported].filter(([, each]) => each === status).map(([id]) => id);
      await tx.updateTable('floatingips').set(changedTo(status)).where(inList('id', ids)).where('status', '!=', status).execute();
    }
    await tx.updateTable('floatingips').set(changedTo('DOWN')).where('last_known_router_id', '=', routerId).where('router_id', 'is', null).where('status', '!=', 'DOWN').execute();
  });
}

function changedTo(status: string) {
  return { status, revision_number: sql<number>`revision_number + 1`, updated_at: databaseTime() };
}
