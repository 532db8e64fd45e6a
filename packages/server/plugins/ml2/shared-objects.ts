import type { Json } from '@neutrino/lib/json';
import { sql, type RawBuilder, type SqlBool } from 'kysely';
import type { RequestContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { DbOrTx, Tx } from '../../db/types.ts';
import { sharedObjects, type SharingTable } from './visibility.ts';

/*
 * `shared` of subnet pools and address scopes: everybody, or the asking project, may use the object. A request that
 * sets it grants everybody the use; grants for single projects are made elsewhere.
 */

/** Those of `ids` that are shared, as `context` sees it: one query. */
export async function sharedAmong(db: DbOrTx, table: SharingTable, ids: readonly string[], context: RequestContext): Promise<ReadonlySet<string>> {
  const rows = await unlessEmpty(ids, (part) =>
    db
      .selectFrom(table)
      .select('object_id')
      .where(inList('object_id', part))
      .where('action', '=', 'access_as_shared')
      .where('target_project', 'in', ['*', context.projectId ?? '*'])
      .execute(),
  );
  return new Set(rows.map(({ object_id }) => object_id));
}

/** The filter `shared` over the object whose id is in the column `idColumn`. */
export function sharedFilter(table: SharingTable, idColumn: string, context: RequestContext): (values: readonly Json[]) => RawBuilder<SqlBool> {
  const among = sharedObjects(table, context);
  const id = sql.ref(idColumn);
  return (values) => sql<SqlBool>`(${sql.join(values.map((value) => (value === true ? sql`${id} in ${among}` : sql`${id} not in ${among}`)), sql` or `)})`;
}

export async function shareWithAll(tx: Tx, table: SharingTable, object: { readonly id: string; readonly project_id: string }): Promise<void> {
  await tx
    .insertInto(table)
    .values({ id: crypto.randomUUID(), object_id: object.id, project_id: object.project_id, action: 'access_as_shared', target_project: '*' })
    .execute();
}

export async function isSharedWithAll(db: DbOrTx, table: SharingTable, id: string): Promise<boolean> {
  const row = await db
    .selectFrom(table)
    .select('id')
    .where('object_id', '=', id)
    .where('action', '=', 'access_as_shared')
    .where('target_project', '=', '*')
    .executeTakeFirst();
  return row !== undefined;
}
