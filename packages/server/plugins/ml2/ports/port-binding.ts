import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { isJsonObject, type JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { isDeepStrictEqual } from 'node:util';
import type { PortBindingsTable } from '../../../db/schema.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { optionalText } from '../request-values.ts';

export type BindingRow = Selectable<PortBindingsTable>;

/** What decides how a port is bound. */
export interface BindingInputs {
  /** Empty: to no host. */
  readonly host: string;
  readonly vnicType: string;
  readonly profile: JsonObject;
}

const maximumProfileLength = 4095;

/** vif types of ports that no driver has bound. */
const unboundTypes: ReadonlySet<string> = new Set(['unbound', 'binding_failed']);

export function isBound(binding: Pick<BindingRow, 'vif_type'>): boolean {
  return !unboundTypes.has(binding.vif_type);
}

/** The inputs of a request over those a port has. Null takes host and profile back. */
export function bindingInputs(request: JsonObject, current: BindingInputs = { host: '', vnicType: 'normal', profile: {} }): BindingInputs {
  const host = request['binding:host_id'];
  const profile = request['binding:profile'];
  const inputs = {
    host: host === undefined ? current.host : typeof host === 'string' ? host : '',
    vnicType: optionalText(request, 'binding:vnic_type') ?? current.vnicType,
    profile: profile === undefined ? current.profile : isJsonObject(profile) ? profile : {},
  };
  if (JSON.stringify(inputs.profile).length > maximumProfileLength) {
    throw new NeutronError(InvalidInput, { error_message: 'binding:profile value too large' });
  }
  return inputs;
}

export function inputsOfRow(row: BindingRow): BindingInputs {
  return { host: row.host, vnicType: row.vnic_type, profile: JSON.parse(row.profile) as JsonObject };
}

export function sameInputs(a: BindingInputs, b: BindingInputs): boolean {
  return isDeepStrictEqual(a, b);
}

export async function activeBinding(db: DbOrTx, portId: string): Promise<BindingRow | undefined> {
  return db.selectFrom('port_bindings').selectAll().where('port_id', '=', portId).where('status', '=', 'ACTIVE').executeTakeFirst();
}

/** A binding before any driver was asked. */
export function unboundRow(portId: string, inputs: BindingInputs): BindingRow {
  return {
    port_id: portId,
    host: inputs.host,
    vnic_type: inputs.vnicType,
    profile: JSON.stringify(inputs.profile),
    vif_type: 'unbound',
    vif_details: '{}',
    status: 'ACTIVE',
    segment_id: null,
  };
}

/** Of the host that it comes to, what was prepared there is no longer needed. */
export async function replaceActiveBinding(tx: Tx, row: BindingRow, before: BindingRow): Promise<void> {
  const { port_id, ...columns } = row;
  if (row.host !== before.host) await tx.deleteFrom('port_bindings').where('port_id', '=', port_id).where('host', '=', row.host).where('status', '=', 'INACTIVE').execute();
  const { numUpdatedRows } = await tx.updateTable('port_bindings').set(columns).where('port_id', '=', port_id).where('status', '=', 'ACTIVE').executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) await tx.insertInto('port_bindings').values(row).execute();
}
