import { createHash } from 'node:crypto';
import type { JsonObject } from '@neutrino/lib/json';
import { sql, type DialectAdapter, type RawBuilder } from 'kysely';
import type { ReadyObject } from '../../../api/resource-handler.ts';
import type { BinaryAdapter } from '../../../db/binary-adapter.ts';
import { inList } from '../../../db/id-list.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';

/*
 * A port's row holds the port as the API shows it to an administrator, ready-made: `ports.view`.
 *
 * INVARIANT: a view whose `view_revision` is the row's revision and whose format is this server's equals what
 * port-view.ts puts together from the tables. Whatever changes a port counts its revision up in the same transaction (`touch`),
 * which by itself puts the view out of date; a view that is out of date is put together anew by whoever reads it.
 * Who writes a view has seen the port under its row's lock, or writes only where the revision has stayed (keep-ready.ts).
 */

/** To be counted up when port-view.ts shows the same tables in another way. */
const VIEW_VERSION = 1;

/** MariaDB's `text` ends at 65,535 bytes. A larger view is not kept. */
const LONGEST_VIEW = 60_000;

/** How this server writes views. Another version, configuration or set of extensions writes another format. */
export interface ReadyFormat {
  readonly key: string;
  /** The attributes that the API serves, in its order; undefined: all there are. */
  readonly attributes: readonly string[] | undefined;
}

export function readyFormat(attributes: readonly string[] | undefined, dependsOn: readonly unknown[]): ReadyFormat {
  const hash = createHash('sha256').update(JSON.stringify([VIEW_VERSION, attributes ?? 'all', ...dependsOn]));
  return { key: hash.digest('base64url').slice(0, 16), attributes };
}

/** A port from its JSON or its object; the other is made when asked for. */
export class ReadyPort implements ReadyObject {
  readonly id: string;
  readonly #format: ReadyFormat;
  #json: string | Buffer | undefined;
  #object: JsonObject | undefined;

  private constructor(format: ReadyFormat, id: string, json: string | Buffer | undefined, object: JsonObject | undefined) {
    this.#format = format;
    this.id = id;
    this.#json = json;
    this.#object = object;
  }

  static ofJson(format: ReadyFormat, id: string, json: string | Buffer): ReadyPort {
    return new ReadyPort(format, id, json, undefined);
  }

  static ofObject(format: ReadyFormat, object: JsonObject): ReadyPort {
    return new ReadyPort(format, String(object['id']), undefined, served(format, object));
  }

  get json(): string | Buffer {
    return (this.#json ??= asciiJson(this.object));
  }

  get object(): JsonObject {
    return (this.#object ??= JSON.parse(this.#json?.toString('latin1') ?? '{}') as JsonObject);
  }

  /** What the row keeps of it. */
  get columns(): { readonly view: string | null; readonly view_revision: number; readonly view_format: string } {
    const { json, object } = this;
    return { view: json.length > LONGEST_VIEW ? null : json.toString('latin1'), view_revision: revisionOf(object), view_format: this.#format.key };
  }
}

/** The revision that a port shows. */
export function revisionOf(port: JsonObject): number {
  return Number(port['revision_number']);
}

/** The view of the row, or null where it is not up to date. */
export function upToDateView(db: DbOrTx, formatKey: string): RawBuilder<string | Buffer | null> {
  const { readsBinary = false } = db.getExecutor().adapter as DialectAdapter & BinaryAdapter;
  const view = readsBinary ? sql`cast(ports.view as binary)` : sql`ports.view`;
  return sql<string | Buffer | null>`case when ports.view_revision = ports.revision_number and ports.view_format = ${formatKey} then ${view} end`;
}

/** Keeps a port that was put together under its row's lock. */
export async function storeReady(tx: Tx, port: ReadyPort): Promise<void> {
  await tx.updateTable('ports').set(port.columns).where('id', '=', port.id).execute();
}

/** A statement's text grows with what it stores. */
const storedAtOnce = 100;

/** Keeps ports whose rows this transaction has locked and has counted to the revisions that they show: many in one statement. */
export async function storeAllReady(tx: Tx, ports: readonly ReadyPort[]): Promise<void> {
  for (let start = 0; start < ports.length; start += storedAtOnce) {
    const some = ports.slice(start, start + storedAtOnce);
    const [first, ...others] = some;
    if (first === undefined) return;
    if (others.length === 0) return storeReady(tx, first);
    const cases = some.map(({ id, columns }) => sql`when ${id} then ${columns.view}`);
    await tx
      .updateTable('ports')
      .set((eb) => ({ view: sql<string | null>`case id ${sql.join(cases, sql` `)} end`, view_revision: eb.ref('revision_number'), view_format: first.columns.view_format }))
      .where(inList('id', some.map(({ id }) => id)))
      .execute();
  }
}

/** Keeps a port that was put together without a lock, where nobody has changed it since. */
export async function storeReadyIfUnchanged(db: DbOrTx, port: ReadyPort): Promise<void> {
  const { columns } = port;
  await db.updateTable('ports').set(columns).where('id', '=', port.id).where('revision_number', '=', columns.view_revision).execute();
}

function served({ attributes }: ReadyFormat, object: JsonObject): JsonObject {
  if (attributes === undefined) return object;
  return Object.fromEntries(attributes.flatMap((name) => (object[name] === undefined ? [] : [[name, object[name]]])));
}

/** JSON whose characters are bytes: it goes from the database to the socket without being decoded. */
function asciiJson(value: JsonObject): string {
  const text = JSON.stringify(value);
  return /[^\x00-\x7f]/.test(text) ? text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`) : text;
}
