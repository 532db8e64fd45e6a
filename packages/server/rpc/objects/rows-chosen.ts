import { sql, type Expression, type SqlBool } from 'kysely';
import { inList } from '../../db/id-list.ts';
import type { Chosen } from './object-type.ts';

/** The condition that the columns of a row have one of the values chosen. */
export function rowsChosen(table: string, chosen: Chosen): Expression<SqlBool> {
  const conditions = Object.entries(chosen).map(([name, values]): Expression<SqlBool> => {
    const column = `${table}.${name === 'tenant_id' ? 'project_id' : name}`;
    const texts = values.filter((value) => value !== null);
    const equal = texts.length === 0 ? sql<SqlBool>`1 = 0` : inList(column, texts);
    return values.includes(null) ? sql<SqlBool>`(${equal} or ${sql.ref(column)} is null)` : equal;
  });
  return conditions.length === 0 ? sql<SqlBool>`1 = 1` : sql<SqlBool>`${sql.join(conditions, sql` and `)}`;
}
