import { listAll } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import type { Allocation } from './allocation.ts';
import { dismantle } from './dismantle.ts';
import { defaultPools, failure, provision, requireOutside } from './provision.ts';

/** Networks that lead outside, one a project, for those that ask for no more than that. */
export interface Topologies {
  /** The network of a project, which is made where it is not there. Throws AutoAllocationFailure. */
  network(context: RequestContext, projectId: string): Promise<string>;
  /** Throws AutoAllocationFailure where none could be made. */
  check(context: RequestContext): Promise<void>;
  /** Does nothing where there is none. */
  delete(context: RequestContext, projectId: string): Promise<void>;
}

export function createTopologies(allocation: Allocation): Topologies {
  const { db, core } = allocation;
  const known = (projectId: string): Promise<{ readonly network_id: string; readonly router_id: string | null } | undefined> =>
    db.selectFrom('auto_allocated_topologies').select(['network_id', 'router_id']).where('project_id', '=', projectId).executeTakeFirst();
  return {
    network: async (context, projectId) => (await known(projectId))?.network_id ?? provision(allocation, context, projectId),

    async check(context) {
      await requireOutside(allocation);
      if ((await defaultPools(allocation, context)).length === 0) throw failure('No default subnetpools defined');
    },

    async delete(context, projectId) {
      const topology = await known(projectId);
      if (topology === undefined) return;
      const { network_id: networkId, router_id: routerId } = topology;
      const subnets = await core.subnets.list(context, { ...listAll, filters: { network_id: [networkId] } });
      await dismantle(allocation, context, { networkId, ...(routerId !== null && { routerId }), subnetIds: subnets.map(({ id }) => String(id)) });
    },
  };
}
