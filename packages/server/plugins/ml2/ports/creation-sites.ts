import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { loadIpamSubnets, type IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import type { Ml2 } from '../ml2.ts';
import type { NetworkRow } from '../networks/network-view.ts';
import { usableNetwork } from '../networks/use-network.ts';
import { textOf } from '../request-values.ts';
import { proposeBinding, readBindingSite, type BindingProposal, type BindingSite } from './bind-port.ts';
import { bindingInputs } from './port-binding.ts';

/** What ports to be created on one network have in common; read once for all of them. */
export interface CreationSite {
  readonly network: NetworkRow;
  readonly subnets: readonly IpamSubnet[];
  readonly hasDhcpAgent: boolean;
}

/** network id → its site. Throws NetworkNotFound or a 403 where the context may not use one. */
export async function creationSites(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[]): Promise<ReadonlyMap<string, CreationSite>> {
  const ids = [...new Set(bodies.map((body) => textOf(body, 'network_id', '')))];
  const networks: NetworkRow[] = [];
  for (const id of ids) networks.push(await usableNetwork(ml2.db, context, id, 'port'));
  const subnets = await loadIpamSubnets(ml2.db, ids);
  const sites = new Map<string, CreationSite>();
  for (const network of networks) {
    sites.set(network.id, { network, subnets: subnets.get(network.id) ?? [], hasDhcpAgent: await ml2.agents.hasDhcpAgent(network.id) });
  }
  return sites;
}

/** Asks the mechanism drivers, in the order of the bodies; undefined for a port that is to be on no host. Agents are read once a network and host. */
export async function proposeBindings(ml2: Ml2, bodies: readonly JsonObject[]): Promise<readonly (BindingProposal | undefined)[]> {
  const sites = new Map<string, BindingSite | undefined>();
  const proposals: (BindingProposal | undefined)[] = [];
  for (const body of bodies) {
    const networkId = textOf(body, 'network_id', '');
    const inputs = bindingInputs(body);
    const key = `${networkId} ${inputs.host}`;
    if (inputs.host !== '' && !sites.has(key)) sites.set(key, await readBindingSite(ml2, networkId, inputs.host));
    const site = sites.get(key);
    proposals.push(site === undefined ? undefined : proposeBinding(ml2, site, body, inputs));
  }
  return proposals;
}
