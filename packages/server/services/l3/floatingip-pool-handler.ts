import { HTTPNotFound } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { pageOf } from '../../api/page-of.ts';
import { listAll, type ResourceHandler } from '../../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../../context.ts';
import type { L3 } from './l3.ts';

/** The subnets of networks outside that floating IPs can be taken from, as they are for whoever asks. */
export function createFloatingIpPoolHandler({ core }: Pick<L3, 'core'>): ResourceHandler {
  const pools = async (context: RequestContext): Promise<readonly JsonObject[]> => {
    const networks = await core.networks.list(context, { ...listAll, filters: { 'router:external': [true] } });
    if (networks.length === 0) return [];
    // Whoever may use a network as external need not see its subnets.
    const subnets = await core.subnets.list(adminContext(context.requestId), { ...listAll, filters: { network_id: networks.map(({ id }) => id ?? null), ip_version: [4] } });
    return subnets.map((subnet) => ({
      subnet_id: subnet['id'],
      subnet_name: subnet['name'],
      network_id: subnet['network_id'],
      cidr: subnet['cidr'],
      project_id: context.projectId ?? '',
      tenant_id: context.projectId ?? '',
    }));
  };
  return {
    list: async (context, query) => pageOf(await pools(context), query, 'subnet_id'),

    async get(context, id) {
      const found = (await pools(context)).find(({ subnet_id: subnet }) => subnet === id);
      if (found === undefined) throw new NeutronError(HTTPNotFound);
      return found;
    },
  };
}
