import type { Json } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { RequestContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import { either, type ListFilter } from '../../db/list-query.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import type { RbacTable } from './rbac-object-type.ts';

/** The condition that everybody, or the project, may use the object whose id is in the column. */
export function isShared(policies: RbacTable, idColumn: string, projectId: string | undefined): RawBuilder<SqlBool> {
  return sql<SqlBool>`exists (select 1 from ${sql.table(policies)} as granted where granted.object_id = ${sql.ref(idColumn)}
    and granted.action = 'access_as_shared' and granted.target_project in ('*', ${projectId ?? '*'}))`;
}

/** The attribute `shared` as a column of a query: 1 or 0. */
export function sharedColumn(policies: RbacTable, idColumn: string, { projectId }: RequestContext): RawBuilder<0 | 1> {
  return sql<0 | 1>`case when ${isShared(policies, idColumn, projectId)} then 1 else 0 end`;
}

/** `shared=true` and `shared=false`. */
export function sharedFilter(policies: RbacTable, idColumn: string, { projectId }: RequestContext): ListFilter {
  const shared = isShared(policies, idColumn, projectId);
  return (values: readonly Json[]) => either(values.map((value) => (value === true ? shared : sql<SqlBool>`not ${shared}`)));
}

/** Those of `ids` that everybody or the project may use. */
export async function sharedAmong(db: DbOrTx, policies: RbacTable, ids: readonly string[], projectId: string | undefined): Promise<ReadonlySet<string>> {
  const rows = await unlessEmpty(ids, (some) =>
    db
      .selectFrom(policies)
      .select('object_id')
      .where(inList('object_id', some))
      .where('action', '=', 'access_as_shared')
      .where('target_project', 'in', ['*', projectId ?? '*'])
      .execute(),
  );
  return new Set(rows.map(({ object_id }) => object_id));
}

/** What `shared` in the body of a request means: everybody may use the object. */
export async function shareWithAll(tx: Tx, policies: RbacTable, object: { readonly id: string; readonly project_id: string }): Promise<void> {
  await tx
    .insertInto(policies)
    .values({ id: crypto.randomUUID(), object_id: object.id, project_id: object.project_id, action: 'access_as_shared', target_project: '*' })
    .execute();
}

export async function isSharedWithAll(db: DbOrTx, policies: RbacTable, id: string): Promise<boolean> {
  return (await sharedAmong(db, policies, [id], undefined)).has(id);
}
