import type { JsonObject } from '@neutrino/lib/json';
import type { AgentView } from '@neutrino/lib/plugins/ml2/agent-view';
import type { BindingResult } from '@neutrino/lib/plugins/ml2/drivers';
import type { NetworkSegment } from '@neutrino/lib/plugins/ml2/segment';
import { adminContext } from '../../../context.ts';
import type { Tx } from '../../../db/types.ts';
import type { Ml2 } from '../ml2.ts';
import { segmentsOf } from '../networks/network-view.ts';
import { networkViewsById } from '../networks/read-network.ts';
import { unboundRow, type BindingInputs, type BindingRow } from './port-binding.ts';

/**
 * What the mechanism drivers answered for certain inputs. They are asked outside any transaction; the answer is
 * committed only where the port's inputs are still those.
 */
export interface BindingProposal {
  readonly inputs: BindingInputs;
  /** Undefined: nobody can bind the port there. */
  readonly result: BindingResult | undefined;
}

/** What ports of one network on one host have in common when they are bound; read once for many of them. */
export interface BindingSite {
  readonly network: JsonObject;
  readonly segments: readonly NetworkSegment[];
  readonly agents: readonly AgentView[];
}

/** Undefined where the network is gone or has no segment to bind to. */
export async function readBindingSite(ml2: Ml2, networkId: string, host: string): Promise<BindingSite | undefined> {
  const segments = (await segmentsOf(ml2.db, [networkId])).get(networkId);
  const [network] = await networkViewsById(ml2, ml2.db, [networkId], adminContext());
  if (network === undefined || segments === undefined) return undefined;
  return { network, segments, agents: await ml2.agents.agentsOnHost(host) };
}

/** Asks the drivers in their order; the first that binds the port wins. */
export function proposeBinding(ml2: Ml2, site: BindingSite, port: JsonObject, inputs: BindingInputs): BindingProposal {
  const context = {
    port,
    network: site.network,
    host: inputs.host,
    vnicType: inputs.vnicType,
    profile: inputs.profile,
    segmentsToBind: site.segments,
    agents: (agentType: string) => site.agents.filter((agent) => agent.agent_type === agentType),
  };
  for (const driver of ml2.drivers.mechanisms) {
    const result = driver.bindPort(context);
    if (result !== undefined) return { inputs, result };
  }
  ml2.log.warn({ host: inputs.host, network: site.network['id'], vnicType: inputs.vnicType }, 'no mechanism driver binds a port to this host');
  return { inputs, result: undefined };
}

/** The binding that a proposal makes of a port, and the status the port then has. */
export function boundRow(portId: string, { inputs, result }: BindingProposal): { readonly row: BindingRow; readonly status: 'ACTIVE' | 'DOWN' } {
  const unbound = unboundRow(portId, inputs);
  if (result === undefined) return { row: { ...unbound, vif_type: 'binding_failed' }, status: 'DOWN' };
  const row = { ...unbound, vif_type: result.vifType, vif_details: JSON.stringify(result.vifDetails), segment_id: result.segment.id };
  return { row, status: result.status };
}

/** A port that its agent has to wire waits for the agent's report. */
export async function awaitWiring(ml2: Ml2, tx: Tx, portId: string, proposal: BindingProposal): Promise<void> {
  if (waitsForWiring(proposal)) await ml2.provisioning.addBlock(tx, portId, 'L2');
}

export function waitsForWiring({ result }: BindingProposal): boolean {
  return result?.status === 'DOWN';
}
