import { NetworkNotFound } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { CreationQuota } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { prepared } from '../../../db/prepared.ts';
import { readTogether } from '../../../db/together.ts';
import { ipamSubnetRows, ipamSubnetsOf, type IpamSubnet } from '../../../ipam/ipam-subnet.ts';
import type { Ml2 } from '../ml2.ts';
import type { NetworkRow } from '../networks/network-view.ts';
import { networksToUse, requireUse } from '../networks/use-network.ts';
import { textOf } from '../request-values.ts';
import { proposeBinding, readBindingSite, type BindingProposal, type BindingSite } from './bind-port.ts';
import { bindingInputs } from './port-binding.ts';

/** What ports to be created on one network have in common; read once for all of them. */
export interface CreationSite {
  readonly network: NetworkRow;
  readonly subnets: readonly IpamSubnet[];
  readonly hasDhcpAgent: boolean;
}

/** What is read before ports are created. */
export interface CreationReadings {
  /** Network id → its site. */
  readonly sites: ReadonlyMap<string, CreationSite>;
  /** Project id → its default security group, of those that have one. */
  readonly defaultGroups: ReadonlyMap<string, string>;
  /** The quota has something to say before the commit. */
  readonly isLimited: boolean;
}

/** Reads what ports to be created depend on, all at once. Throws NetworkNotFound or a 403 where the context may not use a network. */
export async function readForCreation(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], quota: CreationQuota | undefined): Promise<CreationReadings> {
  const { db } = ml2;
  const ids = [...new Set(bodies.map((body) => textOf(body, 'network_id', '')))];
  const projectId = textOf(bodies[0] ?? {}, 'project_id', context.projectId ?? '');
  const [networks, subnets, defaultGroups, limits] = await readTogether(db, [
    networksToUse(db, context, ids),
    ipamSubnetRows(db, ids),
    ml2.portSecurityGroups.defaultGroupQuery(db, { projectId }),
    quota?.query(db) ?? nothing(db, {}),
  ]);
  const byId = new Map(networks.map((network) => [network.id, network]));
  const subnetsOf = ipamSubnetsOf(ids, subnets);
  const sites = new Map<string, CreationSite>();
  for (const id of ids) {
    const network = byId.get(id);
    if (network === undefined) throw new NeutronError(NetworkNotFound, { net_id: id });
    await requireUse(db, context, network, 'port');
    sites.set(id, { network, subnets: subnetsOf.get(id) ?? [], hasDhcpAgent: await ml2.agents.hasDhcpAgent(id) });
  }
  return {
    sites,
    defaultGroups: new Map(defaultGroups.map(({ security_group_id }) => [projectId, security_group_id])),
    isLimited: quota?.isLimited(limits) ?? false,
  };
}

const nothing = prepared<Record<string, never>, unknown>([], (db) => db.selectFrom('quotas').select('resource').where('project_id', 'is', null));

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
