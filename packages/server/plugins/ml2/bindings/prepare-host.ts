import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortBindingError } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { Ml2 } from '../ml2.ts';
import { proposeBinding, readBindingSite, type BindingProposal } from '../ports/bind-port.ts';
import type { BindingInputs } from '../ports/port-binding.ts';
import type { PortRow } from '../ports/port-view.ts';
import { portView } from '../ports/read-port.ts';

/** The inputs of a request, in the words of the port's own attributes. */
export function asPortAttributes(request: JsonObject, host: string): JsonObject {
  const { vnic_type: vnicType, profile } = request;
  return {
    'binding:host_id': host,
    ...(vnicType !== undefined && { 'binding:vnic_type': vnicType }),
    ...(profile !== undefined && { 'binding:profile': profile }),
  };
}

/** Asks the drivers how the port is bound there, outside any transaction. Throws PortBindingError where none binds it. */
export async function proposeOnHost(ml2: Ml2, port: PortRow, inputs: BindingInputs): Promise<BindingProposal> {
  const site = await readBindingSite(ml2, port.network_id, inputs.host);
  const proposal = site === undefined ? undefined : proposeBinding(ml2, site, await portView(ml2, ml2.db, port.id), inputs);
  if (proposal?.result === undefined) throw new NeutronError(PortBindingError, { port_id: port.id, host: inputs.host });
  return proposal;
}
