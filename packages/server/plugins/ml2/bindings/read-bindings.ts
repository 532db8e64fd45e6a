import { BadRequest } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortBindingNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { BindingRow } from '../ports/port-binding.ts';
import type { PortRow } from '../ports/port-view.ts';
import { visiblePort } from '../ports/read-port.ts';

/** The row of an instance's port. Throws PortNotFound, or BadRequest where the port is no instance's. */
export async function computePort(db: DbOrTx, context: RequestContext, portId: string): Promise<PortRow> {
  const port = await visiblePort(db, context, portId);
  if (!port.device_owner.startsWith('compute:')) {
    throw new NeutronError(BadRequest, { resource: 'port', msg: `Invalid port ${portId}. Operation only valid on compute ports` });
  }
  return port;
}

export async function bindingsOfPort(db: DbOrTx, portId: string): Promise<readonly BindingRow[]> {
  return db.selectFrom('port_bindings').selectAll().where('port_id', '=', portId).orderBy('host').execute();
}

/** Throws PortBindingNotFound. */
export function bindingOfHost(rows: readonly BindingRow[], portId: string, host: string): BindingRow {
  const found = rows.find((row) => row.host === host);
  if (found === undefined) throw new NeutronError(PortBindingNotFound, { port_id: portId, host });
  return found;
}

/** A binding as the API shows it. */
export function bindingView(row: BindingRow): JsonObject {
  return {
    host: row.host,
    vif_type: row.vif_type,
    vnic_type: row.vnic_type,
    status: row.status,
    profile: JSON.parse(row.profile) as JsonObject,
    vif_details: JSON.parse(row.vif_details) as JsonObject,
  };
}
