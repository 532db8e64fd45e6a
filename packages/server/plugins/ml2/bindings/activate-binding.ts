import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortBindingAlreadyActive, PortBindingError, PortBindingNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { boundRow, type BindingProposal } from '../ports/bind-port.ts';
import { deviceMac, takesDeviceMac } from '../ports/direct-physical-mac.ts';
import { inputsOfRow, isBound, sameInputs, type BindingRow } from '../ports/port-binding.ts';
import type { PortRow } from '../ports/port-view.ts';
import { portView, renewReady } from '../ports/read-port.ts';
import { publishUpdated } from '../publish.ts';
import { touch } from '../standard-attributes.ts';
import { proposeOnHost } from './prepare-host.ts';
import { bindingOfHost, bindingsOfPort, bindingView, computePort } from './read-bindings.ts';

/** The instance has moved: agents of both hosts are told, and the port is DOWN until its new host has it wired. */
export async function activateBinding(ml2: Ml2, context: RequestContext, portId: string, host: string): Promise<JsonObject> {
  const port = await computePort(ml2.db, context, portId);
  const asked = inactive(await bindingsOfPort(ml2.db, portId), portId, host);
  // A host that the instance once left is bound anew.
  const proposal = isBound(asked) ? undefined : await proposeOnHost(ml2, port, inputsOfRow(asked));
  const { binding, left, change } = await transact(ml2.db, async (tx) => {
    await touch(tx, 'ports', [portId]);
    const row = await computePort(tx, context, portId);
    const rows = await bindingsOfPort(tx, portId);
    const original = await portView(ml2, tx, portId);
    const before = rows.find(({ status }) => status === 'ACTIVE');
    const active = activeRow(inactive(rows, portId, host), proposal);
    await swap(tx, before, active);
    await unwire(ml2, tx, row, active);
    const current = await renewReady(ml2, tx, portId);
    await recordChanges(tx, portChanges([{ original, current: current.object }]));
    return { binding: active, left: before?.host ?? null, change: { original, current: current.object } };
  });
  await publishUpdated(ml2, context, 'port', change);
  const moved = { port_id: portId, network_id: port.network_id };
  await ml2.callbacks.publish({ resource: 'port_binding', operation: 'update', context, id: portId, original: { ...moved, host: left }, current: { ...moved, host } });
  return bindingView(binding);
}

/** The binding that is to become ACTIVE. Throws PortBindingAlreadyActive, PortBindingNotFound. */
function inactive(rows: readonly BindingRow[], portId: string, host: string): BindingRow {
  if (host === '') throw new NeutronError(PortBindingNotFound, { port_id: portId, host });
  const row = bindingOfHost(rows, portId, host);
  if (row.status === 'ACTIVE') throw new NeutronError(PortBindingAlreadyActive, { port_id: portId, host });
  return row;
}

/** Throws PortBindingError where the binding is no longer what the drivers were asked about. */
function activeRow(row: BindingRow, proposal: BindingProposal | undefined): BindingRow {
  if (isBound(row)) return { ...row, status: 'ACTIVE' };
  if (proposal === undefined || !sameInputs(proposal.inputs, inputsOfRow(row))) throw new NeutronError(PortBindingError, { port_id: row.port_id, host: row.host });
  return boundRow(row.port_id, proposal).row;
}

async function swap(tx: Tx, before: BindingRow | undefined, active: BindingRow): Promise<void> {
  if (before !== undefined) {
    const left = { status: 'INACTIVE', vif_type: 'unbound', vif_details: '{}', segment_id: null };
    await tx.updateTable('port_bindings').set(left).where('port_id', '=', before.port_id).where('host', '=', before.host).execute();
    // No host at all is nothing that could become active again.
    if (before.host === '') await tx.deleteFrom('port_bindings').where('port_id', '=', before.port_id).where('host', '=', '').execute();
  }
  await tx.updateTable('port_bindings').set(active).where('port_id', '=', active.port_id).where('host', '=', active.host).execute();
}

async function unwire(ml2: Ml2, tx: Tx, port: PortRow, active: BindingRow): Promise<void> {
  const inputs = inputsOfRow(active);
  const mac = takesDeviceMac(inputs) ? await deviceMac(ml2, tx, { networkId: port.network_id, macAddress: port.mac_address }, inputs) : port.mac_address;
  await tx.updateTable('ports').set({ status: 'DOWN', mac_address: mac }).where('id', '=', port.id).execute();
  await ml2.provisioning.addBlock(tx, port.id, 'L2');
}
