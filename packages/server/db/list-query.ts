import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json } from '@neutrino/lib/json';
import { sql, type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool } from 'kysely';
import type { ListQuery } from '../api/resource-handler.ts';
import type { Database } from './schema.ts';
import type { DbOrTx } from './types.ts';

/** How an attribute of the API is found in SQL. */
export interface ListColumn {
  /** The value, for filters and sorting: a column of the listed table, e.g. `sql.ref('ports.name')`. */
  readonly value?: RawBuilder<unknown>;
  /** A filter of its own, where the attribute is not a column of the table (a child table, an owner, a grant). */
  readonly filter?: (values: readonly Json[]) => Expression<SqlBool>;
}
/** Attribute → column. Attributes that are missing here are not filtered or sorted by. */
export type ListColumns = Readonly<Record<string, ListColumn>>;

/** The plain columns of `table`, attribute and column being of one name. */
export function columnsOf(table: keyof Database, names: readonly string[]): ListColumns {
  return Object.fromEntries(names.map((name) => [name, { value: sql.ref(`${table}.${name}`) }]));
}

/**
 * The page of rows that `query` asks for, in its order. `base` selects from `table` with the scope of the
 * context already applied; `table` has a unique column `id`. One query, and one more where there is a marker.
 * Nulls sort first. Throws BadRequest where the marker is not among the rows of `base`.
 */
export async function listRows<Table extends keyof Database & string, Row>(
  db: DbOrTx,
  base: SelectQueryBuilder<Database, Table, Row>,
  options: { readonly table: Table; readonly columns: ListColumns; readonly query: ListQuery },
): Promise<Row[]> {
  const { table, columns, query } = options;
  let rows = base;
  for (const [attribute, values] of Object.entries(query.filters)) {
    const condition = filterCondition(columns[attribute], values);
    if (condition !== undefined) rows = rows.where(() => condition);
  }
  const sorts = query.sorts
    .map(({ key, direction }) => ({ value: columns[key]?.value, descending: (direction === 'desc') !== query.pageReverse }))
    .filter((sort): sort is Sort => sort.value !== undefined);
  if (query.marker !== undefined) {
    const after = await afterMarker(db, { table, sorts, marker: query.marker });
    rows = rows.where(() => after);
  }
  for (const { value, descending } of sorts) {
    const direction = descending ? sql`desc` : sql`asc`;
    rows = rows.orderBy(sql`case when ${value} is null then 0 else 1 end ${direction}`).orderBy(sql`${value} ${direction}`);
  }
  if (query.limit !== undefined) rows = rows.limit(query.limit);
  const page = await rows.execute();
  return query.pageReverse ? page.reverse() : page;
}

interface Sort {
  readonly value: RawBuilder<unknown>;
  readonly descending: boolean;
}

function filterCondition(column: ListColumn | undefined, values: readonly Json[]): Expression<SqlBool> | undefined {
  if (column?.filter !== undefined) return column.filter(values);
  const value = column?.value;
  if (value === undefined) return undefined;
  const bindings = values.filter((each) => each !== null).map(databaseValue);
  const conditions: Expression<SqlBool>[] = [];
  if (bindings.length > 0) conditions.push(sql<SqlBool>`${value} in (${sql.join(bindings)})`);
  if (values.includes(null)) conditions.push(sql<SqlBool>`${value} is null`);
  return either(conditions);
}

/** Any of the conditions; none of them makes it false. */
export function either(conditions: readonly Expression<SqlBool>[]): Expression<SqlBool> {
  return conditions.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`(${sql.join(conditions, sql` or `)})`;
}

/** Booleans are stored as 0 and 1. */
export function databaseValue(value: Json): unknown {
  return typeof value === 'boolean' ? Number(value) : value;
}

/** "Comes after the marker in this order": after it by the first key, or equal by that and after it by the second, … */
async function afterMarker(
  db: DbOrTx,
  { table, sorts, marker }: { readonly table: string; readonly sorts: readonly Sort[]; readonly marker: string },
): Promise<Expression<SqlBool>> {
  const picked = sorts.map(({ value }, index) => sql`${value} as ${sql.id(`k${index}`)}`);
  const found = await sql<Record<string, unknown>>`select ${sql.join(picked)} from ${sql.table(table)} where ${sql.ref(`${table}.id`)} = ${marker}`.execute(db);
  const row = found.rows[0];
  if (row === undefined) throw new NeutronError(BadRequest, { resource: table, msg: `the marker ${marker} does not exist` });
  const alternatives = sorts.map((sort, index) => {
    const equal = sorts.slice(0, index).map(({ value }, earlier) => equals(value, row[`k${earlier}`]));
    return sql<SqlBool>`(${sql.join([...equal, comesAfter(sort, row[`k${index}`])], sql` and `)})`;
  });
  return either(alternatives);
}

function equals(value: RawBuilder<unknown>, marker: unknown): Expression<SqlBool> {
  return marker === null ? sql<SqlBool>`${value} is null` : sql<SqlBool>`${value} = ${marker}`;
}

/** Nulls stand before everything else in ascending order, after everything else in descending order. */
function comesAfter({ value, descending }: Sort, marker: unknown): Expression<SqlBool> {
  if (marker === null) return descending ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${value} is not null`;
  return descending ? sql<SqlBool>`(${value} < ${marker} or ${value} is null)` : sql<SqlBool>`${value} > ${marker}`;
}
