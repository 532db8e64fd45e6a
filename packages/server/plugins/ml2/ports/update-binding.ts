import type { JsonObject } from '@neutrino/lib/json';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { awaitWiring, boundRow, proposeBinding, readBindingSite, type BindingProposal } from './bind-port.ts';
import { activeBinding, bindingInputs, inputsOfRow, isBound, replaceActiveBinding, sameInputs, unboundRow, type BindingInputs, type BindingRow } from './port-binding.ts';
import { portView } from './read-port.ts';

/** What drivers and agents were asked before the transaction, and for which inputs. */
export interface PreparedBinding {
  readonly proposal: BindingProposal | undefined;
  readonly hasDhcpAgent: boolean;
}

/** The port's inputs are no longer those that the drivers were asked about. */
class InputsChanged extends Error {}

const attempts = 10;

/** Repeats `attempt` where somebody else changed the port between the drivers' answer and the transaction. */
export async function untilInputsHold<T>(attempt: () => Promise<T>): Promise<T> {
  for (let count = 1; ; count += 1) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof InputsChanged) || count === attempts) throw error;
    }
  }
}

/** Asks the drivers where `changes` would leave the port in need of a binding. A port that is gone is left to the transaction. */
export async function prepareBinding(ml2: Ml2, portId: string, changes: JsonObject): Promise<PreparedBinding> {
  const port = await ml2.db.selectFrom('ports').select('network_id').where('id', '=', portId).executeTakeFirst();
  if (port === undefined) return { proposal: undefined, hasDhcpAgent: false };
  const needed = neededInputs(await bindingOrNone(ml2.db, portId), changes);
  const site = needed === undefined ? undefined : await readBindingSite(ml2, port.network_id, needed.host);
  const readdresses = changes['fixed_ips'] !== undefined || changes['mac_address'] !== undefined;
  return {
    proposal: needed === undefined || site === undefined ? undefined : proposeBinding(ml2, site, await portView(ml2, ml2.db, portId), needed),
    hasDhcpAgent: readdresses && (await ml2.agents.hasDhcpAgent(port.network_id)),
  };
}

/** Within the transaction: unbinds where the inputs change, and binds as prepared. Returns whether anything changed. */
export async function applyBinding(ml2: Ml2, tx: Tx, portId: string, changes: JsonObject, { proposal }: PreparedBinding): Promise<boolean> {
  const binding = await bindingOrNone(tx, portId);
  const needed = neededInputs(binding, changes);
  if (proposal !== undefined && needed !== undefined && sameInputs(needed, proposal.inputs)) {
    const { row, status } = boundRow(portId, proposal);
    // A port that could not be bound before and still cannot be has not changed.
    if (sameInputs(inputsOfRow(binding), needed) && binding.vif_type === row.vif_type) return false;
    await replaceActiveBinding(tx, row, binding);
    await tx.updateTable('ports').set({ status }).where('id', '=', portId).execute();
    await awaitWiring(ml2, tx, portId, proposal);
    return true;
  }
  const inputs = bindingInputs(changes, inputsOfRow(binding));
  if (needed !== undefined && (await hasSegments(tx, portId))) throw new InputsChanged();
  if (sameInputs(inputsOfRow(binding), inputs)) return false;
  await replaceActiveBinding(tx, unboundRow(portId, inputs), binding);
  await tx.updateTable('ports').set({ status: 'DOWN' }).where('id', '=', portId).execute();
  return true;
}

/** Whose active binding was deleted is on no host. */
async function bindingOrNone(db: DbOrTx, portId: string): Promise<BindingRow> {
  return (await activeBinding(db, portId)) ?? unboundRow(portId, bindingInputs({}));
}

/** The inputs to bind with, or undefined where the port stays as it is bound or is to be on no host. */
function neededInputs(binding: BindingRow, changes: JsonObject): BindingInputs | undefined {
  const inputs = bindingInputs(changes, inputsOfRow(binding));
  if (inputs.host === '') return undefined;
  return isBound(binding) && sameInputs(inputs, inputsOfRow(binding)) ? undefined : inputs;
}

async function hasSegments(tx: Tx, portId: string): Promise<boolean> {
  const row = await tx
    .selectFrom('network_segments')
    .innerJoin('ports', 'ports.network_id', 'network_segments.network_id')
    .select('network_segments.id')
    .where('ports.id', '=', portId)
    .executeTakeFirst();
  return row !== undefined;
}
