import type { Tx } from '../db/types.ts';
import type { CountedResource } from './counted-resources.ts';

/**
 * Until the end of the transaction nobody else counts what the project has of the resource. What others committed
 * before is seen by the statements that follow, what they write now is counted by them, after this lock.
 */
export async function lockUsage(tx: Tx, projectId: string, resource: CountedResource): Promise<void> {
  const lock = await tx
    .selectFrom('quota_locks')
    .select('resource')
    .where('project_id', '=', projectId)
    .where('resource', '=', resource)
    .forUpdate()
    .executeTakeFirst();
  // Of two that insert it the second meets the first in the primary key, and is repeated.
  if (lock === undefined) await tx.insertInto('quota_locks').values({ project_id: projectId, resource }).execute();
}
