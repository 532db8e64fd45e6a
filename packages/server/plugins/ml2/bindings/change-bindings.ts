import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortBindingAlreadyExists, PortBindingError } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { boundRow } from '../ports/bind-port.ts';
import { bindingInputs, inputsOfRow, isBound, sameInputs, type BindingRow } from '../ports/port-binding.ts';
import { portView, renewReady } from '../ports/read-port.ts';
import { updatePort } from '../ports/update-port.ts';
import { publishUpdated } from '../publish.ts';
import { textOf } from '../request-values.ts';
import { touch } from '../standard-attributes.ts';
import { asPortAttributes, proposeOnHost } from './prepare-host.ts';
import { bindingOfHost, bindingsOfPort, bindingView, computePort } from './read-bindings.ts';

export async function createBinding(ml2: Ml2, context: RequestContext, portId: string, body: JsonObject): Promise<JsonObject> {
  const host = textOf(body, 'host', '');
  const port = await computePort(ml2.db, context, portId);
  const known = await bindingsOfPort(ml2.db, portId);
  checkFree(known, portId, host);
  const inputs = bindingInputs(asPortAttributes(body, host));
  // Without an active binding, which somebody deleted, the new one is it.
  if (!known.some(({ status }) => status === 'ACTIVE')) {
    await updatePort(ml2, context, portId, asPortAttributes(body, host));
    return boundOn(ml2, portId, host);
  }
  const proposal = await proposeOnHost(ml2, port, inputs);
  return transact(ml2.db, async (tx) => {
    await touch(tx, 'ports', [portId]);
    await computePort(tx, context, portId);
    checkFree(await bindingsOfPort(tx, portId), portId, host);
    const row: BindingRow = { ...boundRow(portId, proposal).row, status: 'INACTIVE' };
    await tx.insertInto('port_bindings').values(row).execute();
    await renewReady(ml2, tx, portId);
    return bindingView(row);
  });
}

/** What is ACTIVE changes as an update of the port changes it. */
export async function updateBinding(ml2: Ml2, context: RequestContext, portId: string, host: string, changes: JsonObject): Promise<JsonObject> {
  const port = await computePort(ml2.db, context, portId);
  const known = await bindingsOfPort(ml2.db, portId);
  const before = bindingOfHost(known, portId, host);
  const target = textOf(changes, 'host', host);
  if (target !== host) checkFree(known, portId, target);
  if (before.status === 'ACTIVE') {
    await updatePort(ml2, context, portId, asPortAttributes(changes, target));
    return boundOn(ml2, portId, target);
  }
  const inputs = bindingInputs(asPortAttributes(changes, target), inputsOfRow(before));
  if (isBound(before) && sameInputs(inputs, inputsOfRow(before))) return bindingView(before);
  const proposal = await proposeOnHost(ml2, port, inputs);
  return transact(ml2.db, async (tx) => {
    await touch(tx, 'ports', [portId]);
    const now = await bindingsOfPort(tx, portId);
    const current = bindingOfHost(now, portId, host);
    if (target !== host) checkFree(now, portId, target);
    // Meanwhile the instance moved here.
    if (current.status === 'ACTIVE') throw new NeutronError(PortBindingError, { port_id: portId, host });
    const row: BindingRow = { ...boundRow(portId, proposal).row, status: 'INACTIVE' };
    await tx.updateTable('port_bindings').set(row).where('port_id', '=', portId).where('host', '=', host).execute();
    await renewReady(ml2, tx, portId);
    return bindingView(row);
  });
}

/** A port whose ACTIVE binding goes is on no host. */
export async function deleteBinding(ml2: Ml2, context: RequestContext, portId: string, host: string): Promise<void> {
  const change = await transact(ml2.db, async (tx) => {
    await touch(tx, 'ports', [portId]);
    await computePort(tx, context, portId);
    const { status } = bindingOfHost(await bindingsOfPort(tx, portId), portId, host);
    const original = await portView(ml2, tx, portId);
    await tx.deleteFrom('port_bindings').where('port_id', '=', portId).where('host', '=', host).execute();
    if (status === 'ACTIVE') await unwired(ml2, tx, portId);
    const current = await renewReady(ml2, tx, portId);
    await recordChanges(tx, portChanges([{ original, current: current.object }]));
    return status === 'ACTIVE' ? { original, current: current.object } : undefined;
  });
  if (change !== undefined) await publishUpdated(ml2, context, 'port', change);
}

/** Nobody has the port wired any longer: it is DOWN, and what was waited for is waited for no more. */
async function unwired(ml2: Ml2, tx: Tx, portId: string): Promise<void> {
  await ml2.provisioning.clear(tx, portId);
  await tx.updateTable('ports').set({ status: 'DOWN' }).where('id', '=', portId).execute();
}

function checkFree(rows: readonly BindingRow[], portId: string, host: string): void {
  if (rows.some((row) => row.host === host)) throw new NeutronError(PortBindingAlreadyExists, { port_id: portId, host });
}

/** Throws PortBindingError where the port could not be bound there. */
async function boundOn(ml2: Ml2, portId: string, host: string): Promise<JsonObject> {
  const row = bindingOfHost(await bindingsOfPort(ml2.db, portId), portId, host);
  if (!isBound(row)) throw new NeutronError(PortBindingError, { port_id: portId, host });
  return bindingView(row);
}

