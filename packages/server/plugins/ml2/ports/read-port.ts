import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import { lockedIf } from '../../../db/lock-row.ts';
import { prepared } from '../../../db/prepared.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { visiblePorts } from '../visibility.ts';
import { composedPorts, portColumns, type PortRow } from './port-view.ts';
import { ReadyPort, storeReady, upToDateView } from './ready-port.ts';

/** The row of a port the context may see. Throws PortNotFound. `lock`: it is going to be changed in this transaction. */
export async function visiblePort(db: DbOrTx, context: RequestContext, id: string, { lock = false } = {}): Promise<PortRow> {
  const row = await lockedIf(lock, db.selectFrom('ports').select(portColumns).where('id', '=', id).where(visiblePorts(context))).executeTakeFirst();
  if (row === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  return row;
}

/** A port that the context may see. Throws PortNotFound. */
export async function readyPort(ml2: Ml2, db: DbOrTx, context: RequestContext, id: string): Promise<ReadyPort> {
  const { rows } = context.isAdmin
    ? await db.executeQuery(anyView(db, { id, format: ml2.format.key }))
    : { rows: await db.selectFrom('ports').select(['ports.id', upToDateView(db, ml2.format.key).as('view')]).where('ports.id', '=', id).where(visiblePorts(context)).execute() };
  const [port] = await readyPortsOfRows(ml2, db, rows);
  if (port === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  return port;
}

const anyView = prepared<{ id: string; format: string }, ViewRow>(['id', 'format'], (db, { id, format }) =>
  db.selectFrom('ports').select(['ports.id', upToDateView(db, format).as('view')]).where('ports.id', '=', id),
);

export async function portView(ml2: Ml2, db: DbOrTx, id: string): Promise<JsonObject> {
  const [view] = await portViewsById(ml2, db, [id]);
  if (view === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  return view;
}

/** Ports as the API shows them, in the order of `ids`; those that are gone are left out. */
export async function portViewsById(ml2: Ml2, db: DbOrTx, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const rows = await unlessEmpty(ids, (part) => db.selectFrom('ports').select(['ports.id', upToDateView(db, ml2.format.key).as('view')]).where(inList('ports.id', part)).execute());
  const byId = new Map((await readyPortsOfRows(ml2, db, rows)).map((port) => [port.id, port.object]));
  return ids.map((id) => byId.get(id)).filter((port) => port !== undefined);
}

export interface ViewRow {
  readonly id: string;
  /** Null where it is not up to date. */
  readonly view: string | Buffer | null;
}

/** The ports of the rows, in their order; what has no view of today is put together. Those that are gone by then are left out. */
export async function readyPortsOfRows(ml2: Ml2, db: DbOrTx, rows: readonly ViewRow[]): Promise<readonly ReadyPort[]> {
  const outdated = rows.flatMap(({ id, view }) => (view === null ? [id] : []));
  const composed = outdated.length === 0 ? undefined : new Map((await composedPortsById(ml2, db, outdated)).map((port) => [port.id, port]));
  // What a transaction has seen of its own changes may never come to be.
  if (composed !== undefined && !db.isTransaction) ml2.keepReady([...composed.values()]);
  return rows.flatMap(({ id, view }) => (view === null ? (composed?.get(id) ?? []) : ReadyPort.ofJson(ml2.format, id, view)));
}

/** Ports put together from their tables, whatever their rows hold ready, in the order of `ids`. */
async function composedPortsById(ml2: Ml2, db: DbOrTx, ids: readonly string[]): Promise<readonly ReadyPort[]> {
  const rows = await unlessEmpty(ids, (part) => db.selectFrom('ports').select(portColumns).where(inList('id', part)).execute());
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = ids.flatMap((id) => byId.get(id) ?? []);
  return (await composedPorts(ml2, db, ordered)).map((port) => ReadyPort.ofObject(ml2.format, port));
}

/** Puts a port together after a change, under its row's lock, and keeps it ready. */
export async function renewReady(ml2: Ml2, tx: Tx, id: string): Promise<ReadyPort> {
  const [port] = await composedPortsById(ml2, tx, [id]);
  if (port === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  await storeReady(tx, port);
  return port;
}
