import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { RequestContext } from '../../context.ts';
import type { Allocation, Topology } from './allocation.ts';

/** Deletes what there is of a topology. What somebody else deletes meanwhile is none the worse for it. */
export async function dismantle({ core, routers }: Allocation, context: RequestContext, { networkId, routerId, subnetIds }: Topology): Promise<void> {
  if (routerId !== undefined) {
    for (const subnetId of subnetIds) await unlessGone(routers.actions?.['remove_router_interface']?.(context, routerId, { subnet_id: subnetId }));
    await unlessGone(routers.delete?.(context, routerId));
  }
  if (networkId !== undefined) await unlessGone(core.networks.delete?.(context, networkId));
}

async function unlessGone(work: Promise<unknown> | undefined): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof NeutronError) || error.status !== 404) throw error;
  }
}
