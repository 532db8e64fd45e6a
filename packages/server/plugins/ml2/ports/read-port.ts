import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { chunked } from '../../../db/chunked.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { visiblePorts } from '../visibility.ts';
import { portViews, type PortRow } from './port-view.ts';

/** The row of a port the context may see. Throws PortNotFound. */
export async function visiblePort(db: DbOrTx, context: RequestContext, id: string): Promise<PortRow> {
  const row = await db.selectFrom('ports').selectAll().where('id', '=', id).where(visiblePorts(context)).executeTakeFirst();
  if (row === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  return row;
}

export async function portView(ml2: Ml2, db: DbOrTx, id: string): Promise<JsonObject> {
  const [view] = await portViewsById(ml2, db, [id]);
  if (view === undefined) throw new NeutronError(PortNotFound, { port_id: id });
  return view;
}

/** Ports as the API shows them, in the order of `ids`; those that are gone are left out. */
export async function portViewsById(ml2: Ml2, db: DbOrTx, ids: readonly string[]): Promise<readonly JsonObject[]> {
  const rows = await chunked(ids, (part) => db.selectFrom('ports').selectAll().where('id', 'in', part).execute());
  const byId = new Map(rows.map((row) => [row.id, row]));
  const ordered = ids.flatMap((id) => byId.get(id) ?? []);
  return portViews(ml2, db, ordered);
}
