import type { Kysely, Transaction } from 'kysely';
import type { Database } from './schema.ts';

/** The database handle. Reads outside a transaction use it; writes go through a transaction. */
export type Db = Kysely<Database>;
export type Tx = Transaction<Database>;
/** Where a function works both inside and outside a transaction. */
export type DbOrTx = Kysely<Database>;
