import { sql, type Expression, type ExpressionBuilder, type SqlBool } from 'kysely';
import { databaseTime } from '../../db/database-time.ts';
import { inList } from '../../db/id-list.ts';
import type { Database } from '../../db/schema.ts';
import { transact } from '../../db/transact.ts';
import type { Db } from '../../db/types.ts';

const statuses: ReadonlySet<string> = new Set(['ACTIVE', 'DOWN', 'ERROR']);

/**
 * What the agent of a router reports of its floating IPs. Those that it had and that lead nowhere any longer are down,
 * reported or not. What it says of one that has gone to another router, or that it takes for one that it still has, comes too late. Each status is
 * one statement; nothing is written where nothing is new.
 */
export async function updateFloatingIpStatuses(db: Db, routerId: string, reported: ReadonlyMap<string, string>): Promise<void> {
  await transact(db, async (tx) => {
    for (const status of new Set([...reported.values()].filter((each) => statuses.has(each)))) {
      const ids = [...reported].filter(([, each]) => each === status).map(([id]) => id);
      const isIts = (eb: ExpressionBuilder<Database, 'floatingips'>): Expression<SqlBool> => {
        const own = eb('router_id', '=', routerId);
        return status === 'DOWN' ? eb.or([own, eb('router_id', 'is', null)]) : own;
      };
      await tx.updateTable('floatingips').set(changedTo(status)).where(inList('id', ids)).where(isIts).where('status', '!=', status).execute();
    }
    await tx.updateTable('floatingips').set(changedTo('DOWN')).where('last_known_router_id', '=', routerId).where('router_id', 'is', null).where('status', '!=', 'DOWN').execute();
  });
}

/** Those that lead nowhere are down, where an agent begins anew: it does not know what it had, and the router may not be there any more. */
export async function settleFloatingIps(db: Db): Promise<void> {
  await db.updateTable('floatingips').set(changedTo('DOWN')).where('router_id', 'is', null).where('status', '!=', 'DOWN').execute();
}

function changedTo(status: string) {
  return { status, revision_number: sql<number>`revision_number + 1`, updated_at: databaseTime() };
}
