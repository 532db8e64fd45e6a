import type { RequestContext } from '../../context.ts';
import { inList } from '../../db/id-list.ts';
import type { DbOrTx } from '../../db/types.ts';
import type { RbacObjectType } from './rbac-object-type.ts';

/** id → the project that owns it, of the objects among `ids` that the context may see. */
export async function ownersOfShareable(db: DbOrTx, context: RequestContext, type: RbacObjectType, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  let query = db.selectFrom(type.objects).select(['id', 'project_id']).where(inList('id', ids));
  if (!context.isAdmin) {
    const own = context.projectId ?? '';
    const granted = db.selectFrom(type.policies).select('object_id').where(inList('object_id', ids)).where('target_project', 'in', ['*', own]);
    query = query.where((eb) => eb.or([eb('project_id', '=', own), eb('id', 'in', granted)]));
  }
  return new Map((await query.execute()).map(({ id, project_id }) => [id, project_id]));
}
