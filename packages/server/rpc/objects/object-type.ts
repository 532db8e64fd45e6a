import type { JsonObject } from '@neutrino/lib/json';
import type { Db } from '../../db/types.ts';

/** A kind of object that agents pull, and of whose changes they are told. */
export interface ObjectType {
  readonly name: string;
  /** The newest version that is here; older ones come from it. */
  readonly version: string;
  /** Columns of text by which the database chooses. */
  readonly columns: readonly string[];
  /** Fields beside them by which objects can be chosen once they are read. */
  readonly fields: readonly string[];
  /** The data of the objects whose columns have one of the values, in a fixed number of statements. */
  readonly read: (db: Db, chosen: Chosen) => Promise<readonly JsonObject[]>;
  /** What agents of version 1.`minor` understand of it. */
  readonly older: (data: JsonObject, minor: number) => JsonObject;
  /** What stands in an object of which nothing but its id is left. */
  readonly deleted: JsonObject;
}

/** Columns with the values of which one is to be there; null is a value. */
export type Chosen = Readonly<Record<string, readonly (string | null)[]>>;
