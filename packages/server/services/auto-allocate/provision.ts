import { AutoAllocationFailure } from '@neutrino/lib/exceptions/auto-allocate';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetAllocationError } from '@neutrino/lib/exceptions/subnetpool';
import type { JsonObject } from '@neutrino/lib/json';
import { listAll, type ResourceHandler } from '../../api/resource-handler.ts';
import type { RequestContext } from '../../context.ts';
import { transact } from '../../db/transact.ts';
import { defaultExternalNetwork } from '../../plugins/ml2/networks/default-network.ts';
import type { Allocation, Topology } from './allocation.ts';
import { dismantle } from './dismantle.ts';

/** Throws AutoAllocationFailure where the operator has named no network outside. */
export async function requireOutside({ db }: Pick<Allocation, 'db'>): Promise<string> {
  const outside = await defaultExternalNetwork(db);
  if (outside === undefined) throw failure('No default router:external network');
  return outside;
}

/** The pools that subnets are taken from, IPv4's first. */
export async function defaultPools({ core }: Pick<Allocation, 'core'>, context: RequestContext): Promise<readonly JsonObject[]> {
  return core.subnetpools.list(context, { ...listAll, filters: { is_default: [true] }, sorts: [{ key: 'ip_version', direction: 'asc' }, { key: 'id', direction: 'asc' }] });
}

/**
 * Makes a network with subnets, and a router from there to the network outside. All or nothing stays. Returns the network
 * that the project has then: of two that are made at once one stays.
 */
export async function provision(allocation: Allocation, context: RequestContext, projectId: string): Promise<string> {
  const outside = await requireOutside(allocation);
  let made: Topology = { subnetIds: [] };
  try {
    made = await makeNetwork(allocation, context, projectId, (partial) => (made = partial));
    made = await makeRouter(allocation, context, { projectId, outside, inside: made }, (partial) => (made = partial));
    const kept = await keep(allocation, projectId, made);
    if (kept === made.networkId) await allocation.core.networks.update?.(context, kept, { admin_state_up: true });
    else await dismantle(allocation, context, made);
    return kept;
  } catch (error) {
    await dismantle(allocation, context, made).catch((failed: unknown) => allocation.log.error({ err: failed, project_id: projectId, ...made }, 'what is left of an auto-allocated topology could not be deleted'));
    throw error;
  }
}

export function failure(reason: string): NeutronError {
  return new NeutronError(AutoAllocationFailure, { reason });
}

/** Told of what is there already, for whoever deletes it where more fails. */
type Progress = (partial: Topology) => void;

async function makeNetwork(allocation: Allocation, context: RequestContext, projectId: string, progress: Progress): Promise<Topology> {
  const { core, bodyOf } = allocation;
  const make = (handler: ResourceHandler, collection: string, attributes: JsonObject): Promise<string> => createOne(handler, context, bodyOf(collection, context, { ...attributes, tenant_id: projectId }));
  try {
    const pools = await defaultPools(allocation, context);
    if (pools.length === 0) throw failure('Unable to provide tenant private network');
    // It is switched on when it leads outside.
    let made: Topology = { networkId: await make(core.networks, 'networks', { name: 'auto_allocated_network', admin_state_up: false }), subnetIds: [] };
    progress(made);
    for (const { id, ip_version: version } of pools) {
      const subnetId = await make(core.subnets, 'subnets', { name: `auto_allocated_subnet_v${String(version)}`, network_id: made.networkId, ip_version: version, subnetpool_id: id });
      made = { ...made, subnetIds: [...made.subnetIds, subnetId] };
    }
    return made;
  } catch (error) {
    const isDeployment = error instanceof NeutronError && (error.status === 400 || error.status === 404 || error.is(SubnetAllocationError));
    throw isDeployment ? failure('Unable to provide tenant private network') : error;
  }
}

interface Uplink {
  readonly projectId: string;
  readonly outside: string;
  readonly inside: Topology;
}

async function makeRouter({ routers, bodyOf }: Allocation, context: RequestContext, { projectId, outside, inside }: Uplink, progress: Progress): Promise<Topology> {
  try {
    const body = bodyOf('routers', context, { name: 'auto_allocated_router', external_gateway_info: { network_id: outside }, admin_state_up: true, tenant_id: projectId });
    const made = { ...inside, routerId: await createOne(routers, context, body) };
    progress(made);
    for (const subnetId of inside.subnetIds) await routers.actions?.['add_router_interface']?.(context, made.routerId, { subnet_id: subnetId });
    return made;
  } catch (error) {
    throw error instanceof NeutronError && error.status === 400 ? failure('Unable to provide external connectivity') : error;
  }
}

/** Writes down what was made for the project, unless something was meanwhile. Returns the network that is written there. */
async function keep({ db }: Allocation, projectId: string, { networkId = '', routerId = null }: { readonly networkId?: string; readonly routerId?: string | null }): Promise<string> {
  return transact(db, async (tx) => {
    const present = await tx.selectFrom('auto_allocated_topologies').select('network_id').where('project_id', '=', projectId).executeTakeFirst();
    if (present !== undefined) return present.network_id;
    await tx.insertInto('auto_allocated_topologies').values({ project_id: projectId, network_id: networkId, router_id: routerId }).execute();
    return networkId;
  });
}

async function createOne(handler: ResourceHandler, context: RequestContext, body: JsonObject): Promise<string> {
  const [made] = (await handler.create?.(context, [body])) ?? [];
  return String(made?.['id']);
}
