import { ExternalNetworkInUse, InvalidSharedSetting } from '@neutrino/lib/exceptions/network';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { NetworkRow } from './network-view.ts';

/** What a project may do with a network of another one. */
export type Grant = 'access_as_shared' | 'access_as_external';

/**
 * Grants everybody the use of a network, or takes it back; `shared` and `router:external` are nothing else. A network that
 * only some may use as external is external already, and no longer is for any of them.
 */
export async function setGrant(tx: Tx, network: Pick<NetworkRow, 'id' | 'project_id' | 'name'>, action: Grant, granted: boolean): Promise<void> {
  const targets = action === 'access_as_shared' ? (['*'] as const) : undefined;
  let present = tx.selectFrom('network_rbacs').select('id').where('object_id', '=', network.id).where('action', '=', action);
  if (targets !== undefined) present = present.where('target_project', 'in', targets);
  if (((await present.executeTakeFirst()) !== undefined) === granted) return;
  if (granted) {
    await tx
      .insertInto('network_rbacs')
      .values({ id: crypto.randomUUID(), object_id: network.id, project_id: network.project_id, action, target_project: '*' })
      .execute();
    return;
  }
  await (action === 'access_as_shared' ? checkUnshare(tx, network) : checkInternal(tx, network.id));
  let grants = tx.deleteFrom('network_rbacs').where('object_id', '=', network.id).where('action', '=', action);
  if (targets !== undefined) grants = grants.where('target_project', 'in', targets);
  await grants.execute();
}

/** True where everybody, or one of `projects`, has that grant. */
export async function hasGrant(db: DbOrTx, networkId: string, action: Grant, projects: readonly string[] = []): Promise<boolean> {
  const row = await db
    .selectFrom('network_rbacs')
    .select('id')
    .where('object_id', '=', networkId)
    .where('action', '=', action)
    .where('target_project', 'in', ['*', ...projects])
    .executeTakeFirst();
  return row !== undefined;
}

/** A network that other projects have ports or subnets on stays shared, unless each of them has a grant of its own. */
async function checkUnshare(tx: Tx, network: Pick<NetworkRow, 'id' | 'project_id' | 'name'>): Promise<void> {
  const ports = await tx
    .selectFrom('ports')
    .select('project_id')
    .where('network_id', '=', network.id)
    .where('device_owner', 'not like', 'network:%')
    .distinct()
    .execute();
  const subnets = await tx.selectFrom('subnets').select('project_id').where('network_id', '=', network.id).distinct().execute();
  const grants = await tx
    .selectFrom('network_rbacs')
    .select('target_project')
    .where('object_id', '=', network.id)
    .where('action', '=', 'access_as_shared')
    .where('target_project', '!=', '*')
    .execute();
  const allowed = new Set([network.project_id, ...grants.map(({ target_project }) => target_project)]);
  if ([...ports, ...subnets].some(({ project_id }) => !allowed.has(project_id))) {
    throw new NeutronError(InvalidSharedSetting, { network: network.name });
  }
}

async function checkInternal(tx: Tx, networkId: string): Promise<void> {
  if (await hasGateways(tx, networkId)) throw new NeutronError(ExternalNetworkInUse, { net_id: networkId });
}

/** Whether routers use the network as external. Floating IPs that lead nowhere need no more than their addresses. */
export async function hasGateways(tx: Tx, networkId: string): Promise<boolean> {
  const gateway = await tx
    .selectFrom('ports')
    .select('id')
    .where('network_id', '=', networkId)
    .where('device_owner', '=', 'network:router_gateway')
    .limit(1)
    .executeTakeFirst();
  return gateway !== undefined;
}
