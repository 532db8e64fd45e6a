import type { Json, JsonObject } from '@neutrino/lib/json';
import type { IdentityDb } from './identity-database.ts';

export type SqlValue = string | number | null;
/** A row of a collection's table, by column. */
export type Row = Readonly<Record<string, SqlValue>>;

export interface Column {
  readonly type: 'text' | 'boolean' | 'reference';
  /** POST must give it. */
  readonly required?: boolean;
  readonly default?: SqlValue;
  /** `?name=value` selects by it. */
  readonly filter?: boolean;
  /** PATCH may not change it. */
  readonly fixed?: boolean;
}

/** One of Keystone's collections: what its table holds and what the API shows of it. */
export interface Collection {
  readonly collection: 'domains' | 'projects' | 'users' | 'roles' | 'services' | 'regions' | 'endpoints';
  readonly resource: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** The client may choose the id of what it creates. */
  readonly clientIds?: boolean;
  /** Attributes that the API shows and this service never varies. */
  readonly constants?: JsonObject;
  /** More of what the API shows, made from the row. */
  readonly derive?: (row: Row) => JsonObject;
  /**
   * Turns a body's attributes that are no columns (`rest`) into columns, and checks what a column alone cannot say. What it
   * returns under `columns` is stored; `rest` is kept as it is. Throws KeystoneError.
   */
  readonly prepare?: (change: Change) => Promise<Prepared>;
  /** The id of an existing object that the POST is about, which is then shown instead of made. */
  readonly adopt?: (db: IdentityDb, columns: Row) => Promise<string | undefined>;
  /** Throws KeystoneError where the object may not go. */
  readonly beforeDelete?: (db: IdentityDb, row: Row) => Promise<void>;
  /** What is said of a POST or PATCH whose name is taken. */
  readonly describeDuplicate?: (columns: Row) => string;
}

export interface Change {
  readonly db: IdentityDb;
  readonly operation: 'create' | 'update';
  readonly columns: Row;
  readonly rest: Readonly<Record<string, Json | undefined>>;
}
export interface Prepared {
  readonly columns: Row;
  readonly rest: Readonly<Record<string, Json | undefined>>;
}
