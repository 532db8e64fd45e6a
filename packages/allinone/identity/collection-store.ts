import { randomUUID } from 'node:crypto';
import type { Json, JsonObject } from '@neutrino/lib/json';
import { isJsonObject } from '@neutrino/lib/json';
import { sql } from 'kysely';
import type { Collection, Column, Prepared, Row, SqlValue } from './collection.ts';
import { type IdentityDb, isForeignKeyViolation, isUniqueViolation } from './identity-database.ts';
import { badRequest, conflict, KeystoneError, notFound } from './keystone-error.ts';

/** Create, show, list, update and delete of one collection. Bodies are what stands under the resource's name. */
export interface CollectionStore {
  /** In order of creation. `query`: values of columns with `filter`; others mean nothing. */
  list(query: Readonly<Record<string, string>>): Promise<readonly JsonObject[]>;
  get(id: string): Promise<JsonObject>;
  create(body: JsonObject): Promise<JsonObject>;
  update(id: string, body: JsonObject): Promise<JsonObject>;
  delete(id: string): Promise<void>;
}

const MAX_TEXT = 255;
const HIDDEN = new Set(['seq', 'extra', 'password_hash', 'tokens_valid_from', 'bootstrapped']);

export function openCollection(db: IdentityDb, collection: Collection): CollectionStore {
  const table = sql.table(collection.collection);

  const find = async (id: string): Promise<Row> => {
    const { rows } = await sql<Row>`select * from ${table} where id = ${id}`.execute(db);
    const [row] = rows;
    if (row === undefined) throw notFound(collection.resource, id);
    return row;
  };
  const get = async (id: string): Promise<JsonObject> => show(collection, await find(id));
  const write = async (columns: Row, statement: () => Promise<unknown>): Promise<void> => {
    try {
      await statement();
    } catch (error) {
      if (isUniqueViolation(error)) throw conflict(collection.resource, collection.describeDuplicate?.(columns) ?? 'Duplicate entry');
      if (isForeignKeyViolation(error)) throw badRequest(`${collection.resource}: it refers to something that does not exist`);
      throw error;
    }
  };

  return {
    get,
    async list(query) {
      const conditions = Object.entries(collection.columns)
        .filter(([name, { filter }]) => filter === true && query[name] !== undefined)
        .map(([name, { type }]) => sql`${sql.ref(name)} = ${type === 'boolean' ? truth(query[name] ?? '') : (query[name] ?? '')}`);
      const where = conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
      const { rows } = await sql<Row>`select * from ${table} where ${where} order by seq`.execute(db);
      return rows.map((row) => show(collection, row));
    },
    async create(body) {
      const { id: given, ...attributes } = body;
      const { columns, rest } = await prepare(db, collection, { operation: 'create', attributes });
      const adopted = await collection.adopt?.(db, columns);
      if (adopted !== undefined) {
        const described = attributes['description'];
        if (typeof described === 'string') await sql`update ${table} set description = ${described} where id = ${adopted}`.execute(db);
        return get(adopted);
      }
      const id = collection.clientIds === true && typeof given === 'string' && given !== '' ? given : randomUUID().replaceAll('-', '');
      const row: Row = { ...columns, id, extra: JSON.stringify(rest) };
      const names = sql.join(Object.keys(row).map((name) => sql.ref(name)));
      await write(row, () => sql`insert into ${table} (${names}) values (${sql.join(Object.values(row))})`.execute(db));
      return get(id);
    },
    async update(id, body) {
      const before = await find(id);
      if (body['id'] !== undefined && body['id'] !== id) throw badRequest('Cannot change the ID of an entity');
      const { id: _id, ...attributes } = body;
      const { columns, rest } = await prepare(db, collection, { operation: 'update', attributes, before });
      const extra = { ...parseExtra(before), ...rest };
      const changes = Object.entries({ ...columns, extra: JSON.stringify(extra) }).map(([name, value]) => sql`${sql.ref(name)} = ${value}`);
      await write({ ...before, ...columns }, () => sql`update ${table} set ${sql.join(changes)} where id = ${id}`.execute(db));
      return get(id);
    },
    async delete(id) {
      const row = await find(id);
      await collection.beforeDelete?.(db, row);
      await write({}, () => sql`delete from ${table} where id = ${id}`.execute(db));
    },
  };
}

async function prepare(
  db: IdentityDb,
  collection: Collection,
  { operation, attributes, before }: { readonly operation: 'create' | 'update'; readonly attributes: JsonObject; readonly before?: Row },
): Promise<Prepared> {
  const columns: Record<string, SqlValue> = {};
  for (const [name, column] of Object.entries(collection.columns)) {
    const value = attributes[name];
    if (value !== undefined) columns[name] = columnValue(`${collection.resource}.${name}`, column, value);
    else if (operation === 'create' && column.required === true) throw badRequest(`'${name}' is a required property of ${collection.resource}`);
    else if (operation === 'create' && column.default !== undefined) columns[name] = column.default;
    if (before !== undefined && column.fixed === true && columns[name] !== undefined && columns[name] !== before[name]) throw new KeystoneError(400, `${collection.resource}.${name} cannot be changed`);
  }
  const rest = Object.fromEntries(Object.entries(attributes).filter(([name]) => collection.columns[name] === undefined && !HIDDEN.has(name)));
  const change = { db, operation, columns, rest };
  const prepared = (await collection.prepare?.(change)) ?? change;
  return { columns: prepared.columns, rest: withoutConstants(collection, prepared.rest) };
}

/** Clients send back what they were shown; another value would be kept and mean nothing, so it is refused. */
function withoutConstants({ resource, constants = {} }: Collection, rest: Prepared['rest']): Prepared['rest'] {
  for (const [name, constant] of Object.entries(constants)) {
    const given = rest[name];
    if (given !== undefined && given !== null && JSON.stringify(given) !== JSON.stringify(constant)) throw badRequest(`${resource}.${name}: this service offers ${JSON.stringify(constant)} alone`);
  }
  return Object.fromEntries(Object.entries(rest).filter(([name]) => name !== 'links' && !Object.hasOwn(constants, name)));
}

function columnValue(path: string, { type, required, default: fallback }: Column, value: Json): SqlValue {
  if (type === 'boolean') {
    if (typeof value !== 'boolean') throw badRequest(`${path}: expected true or false`);
    return value ? 1 : 0;
  }
  if (value === null && required !== true) return fallback ?? null;
  if (typeof value !== 'string') throw badRequest(`${path}: expected a text`);
  if (required === true && value.trim() === '') throw badRequest(`${path}: expected a text that is not empty`);
  if (value.length > (path.endsWith('.description') || path.endsWith('.url') ? 10 * MAX_TEXT : MAX_TEXT)) throw badRequest(`${path}: the text is too long`);
  return value;
}

/** The object as the API shows it, without `links`, which depend on how the client reached this service. */
function show(collection: Collection, row: Row): JsonObject {
  const columns = Object.entries(row)
    .filter(([name, value]) => !HIDDEN.has(name) && !(name === 'default_project_id' && value === null))
    .map(([name, value]) => [name, collection.columns[name]?.type === 'boolean' ? value === 1 : value] as const);
  return { ...parseExtra(row), ...collection.constants, ...Object.fromEntries(columns), ...collection.derive?.(row) };
}

function parseExtra(row: Row): JsonObject {
  const extra: unknown = JSON.parse(String(row['extra']));
  return isJsonObject(extra) ? extra : {};
}

/** How query strings spell false; anything else is true, as in Keystone. */
function truth(text: string): 0 | 1 {
  return ['0', 'false', 'no', 'off'].includes(text.toLowerCase()) ? 0 : 1;
}
