import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Json } from '@neutrino/lib/json';
import { type Expression, type RawBuilder, type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { ListQuery } from '../api/resource-handler.ts';
import { anyNumber } from './any-number.ts';
import type { Database } from './schema.ts';
import { tagFilter, tagFilters } from './tag-filter.ts';

/** How an attribute is found in the table: a column, or a column with what is special about it. */
export type ListColumn = string | { readonly column: string; readonly nullable?: boolean };
/** A filter of its own: the condition that an object has one of the values. */
export type ListFilter = (values: readonly Json[]) => RawBuilder<SqlBool>;

export interface ListSource {
  /** The table, or what the query names like one, whose column `id` is the primary key. Sort keys are columns of it. */
  readonly table: string;
  /** Collection under which the tags are kept; absent where the objects have none. */
  readonly tagCollection?: string;
  /** Attribute → column of `table`. Filters and sort keys. */
  readonly columns: Readonly<Record<string, ListColumn>>;
  /** Attributes whose filter is more than a comparison with a column. They come before `columns`. */
  readonly filters?: Readonly<Record<string, ListFilter>>;
}

/**
 * Adds filters, order and page to a query over `source.table` (joined to others or not). The rows of a
 * page asked for in reverse come out reversed: `listRows` puts them right. A marker that does not exist
 * gives an empty page. Throws InvalidInput for a filter or sort key that the source does not know.
 */
function applyListQuery<DB extends Database, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  source: ListSource,
): SelectQueryBuilder<DB, TB, O> {
  let result = query;
  for (const [attribute, values] of Object.entries(list.filters)) result = result.where(condition(source, attribute, values));
  const sorts = list.sorts.map(({ key, direction }) => ({ ...columnOf(source, key), ascending: (direction === 'asc') !== list.pageReverse }));
  if (list.marker !== undefined) result = result.where(after(source, sorts, list.marker));
  for (const { ref, nullable, ascending } of sorts) {
    const direction = ascending ? 'asc' : 'desc';
    // Engines disagree where nulls go. Here they are the lowest.
    if (nullable) result = result.orderBy(sql`case when ${ref} is null then 0 else 1 end`, direction);
    result = result.orderBy(ref, direction);
  }
  return list.limit === undefined ? result : result.limit(list.limit);
}

/** Runs the query with `applyListQuery`; rows in the order that the client asked for. */
export async function listRows<DB extends Database, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  source: ListSource,
): Promise<readonly O[]> {
  const rows = await applyListQuery(query, list, source).execute();
  return list.pageReverse ? rows.reverse() : rows;
}

/** `column in (values)`, where null is a value like others and booleans are 0 and 1. */
export function oneOf(column: string, values: readonly Json[]): RawBuilder<SqlBool> {
  const ref = sql.ref(column);
  // No column holds a number that is not exact.
  const given = values.filter((value) => value !== null && (typeof value !== 'number' || Number.isSafeInteger(value))).map(stored);
  const among = given.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`${ref} in (${sql.join(given)})`;
  return values.includes(null) ? sql<SqlBool>`(${among} or ${ref} is null)` : among;
}

/** Attributes whose columns bear their names. */
export function columnsNamed(...names: readonly string[]): Readonly<Record<string, ListColumn>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

/** Any of the conditions; none of them makes it false. In halves: one after the other would be nested as deep as they are many. */
export function either(conditions: readonly RawBuilder<SqlBool>[]): RawBuilder<SqlBool> {
  const [first = sql<SqlBool>`1 = 0`, ...others] = conditions;
  if (others.length === 0) return first;
  const half = Math.ceil(conditions.length / 2);
  return sql<SqlBool>`(${either(conditions.slice(0, half))} or ${either(conditions.slice(half))})`;
}

interface SortColumn {
  readonly column: string;
  readonly ref: RawBuilder<unknown>;
  readonly nullable: boolean;
  readonly ascending: boolean;
}

function condition(source: ListSource, attribute: string, values: readonly Json[]): RawBuilder<SqlBool> {
  const special = own(source.filters, attribute);
  if (special !== undefined) return special(values);
  const tags = source.tagCollection === undefined ? undefined : own(tagFilters, attribute);
  if (tags !== undefined) return tagFilter(tags, source.tagCollection ?? '', `${source.table}.id`, values.map(String));
  if (attribute === 'changed_since') return changedSince(source.table, String(values[0] ?? ''));
  return oneOf(columnOf(source, attribute).column, values);
}

/** `moment`: "YYYY-MM-DDTHH:MM:SS", UTC. */
function changedSince(table: string, moment: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(`${table}.updated_at`)} >= ${moment.slice(0, 19).replace('T', ' ')}`;
}

/** Attributes are named by clients: "constructor" must not find what every object inherits. */
function own<T>(table: Readonly<Record<string, T>> | undefined, attribute: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, attribute) ? table[attribute] : undefined;
}

function columnOf(source: ListSource, attribute: string): { column: string; ref: RawBuilder<unknown>; nullable: boolean } {
  const known = own(source.columns, attribute);
  if (known === undefined) throw new NeutronError(InvalidInput, { error_message: `${attribute} cannot be used to filter or sort ${source.table}` });
  const { column, nullable = false } = typeof known === 'string' ? { column: known } : known;
  const qualified = column.includes('.') ? column : `${source.table}.${column}`;
  return { column: qualified, ref: sql.ref(qualified), nullable };
}

/**
 * The objects that follow the marker: those that are beyond it in the first sort key in which they differ.
 * The marker's own values are read by the same statement, so that it may change between two pages.
 */
function after(source: ListSource, sorts: readonly SortColumn[], marker: string): RawBuilder<SqlBool> {
  const ofMarker = ({ column }: SortColumn): RawBuilder<unknown> => {
    const name = column.slice(column.indexOf('.') + 1);
    return sql`(select ${sql.ref(`of_marker.${name}`)} from ${sql.table(source.table)} as of_marker where of_marker.id = ${marker})`;
  };
  const alternatives = sorts.map((sort, index) => {
    const equal = sorts.slice(0, index).map((before) => sameAs(before, ofMarker(before)));
    return sql<SqlBool>`(${sql.join([...equal, beyond(sort, ofMarker(sort))], sql` and `)})`;
  });
  return sql<SqlBool>`(${sql.join(alternatives, sql` or `)})`;
}

function sameAs({ ref, nullable }: SortColumn, value: RawBuilder<unknown>): RawBuilder<SqlBool> {
  return nullable ? sql<SqlBool>`(${ref} = ${value} or (${ref} is null and ${value} is null))` : sql<SqlBool>`${ref} = ${value}`;
}

function beyond({ ref, nullable, ascending }: SortColumn, value: RawBuilder<unknown>): RawBuilder<SqlBool> {
  if (!nullable) return ascending ? sql<SqlBool>`${ref} > ${value}` : sql<SqlBool>`${ref} < ${value}`;
  return ascending
    ? sql<SqlBool>`(${ref} > ${value} or (${value} is null and ${ref} is not null))`
    : sql<SqlBool>`(${ref} < ${value} or (${ref} is null and ${value} is not null))`;
}

function stored(value: Json): string | number | Expression<number> {
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? anyNumber(value) : String(value);
}
