import type { Tx } from '../../../db/types.ts';
import type { RbacObjectType } from '../../../services/rbac/rbac-object-type.ts';
import { isOf, type Users } from '../../../services/rbac/users.ts';
import { touch } from '../standard-attributes.ts';
import { hasGateways } from './network-grants.ts';

/** Networks, as policies share them: to have ports on, or to lead outside. */
export const networkSharing: RbacObjectType = {
  name: 'network',
  policies: 'network_rbacs',
  objects: 'networks',
  inWords: 'networks',
  actions: ['access_as_shared', 'access_as_external'],
  inUse: (network) => `Unable to reconfigure sharing settings for network ${network}. Multiple tenants are using it.`,

  async isUsed(tx, networkId, users) {
    const ports = tx.selectFrom('ports').select('id').where('network_id', '=', networkId);
    return (await ports.where(isOf(users, 'project_id')).limit(1).executeTakeFirst()) !== undefined;
  },

  async whyNotEnd(tx, { objectId, target, successor }) {
    const network = await tx.selectFrom('networks').select('is_default').where('id', '=', objectId).executeTakeFirst();
    if (target === '*' && network?.is_default === 1) return 'Default external networks must be shared to everyone.';
    const rows = await tx.selectFrom('network_rbacs').select('target_project').where('object_id', '=', objectId).where('action', '=', 'access_as_external').where('target_project', '!=', target).execute();
    const left = [...rows.map(({ target_project }) => target_project), ...(successor === undefined ? [] : [successor])];
    if (left.includes('*')) return undefined;
    // Without any, the network would lead outside no longer.
    const isLeftOut = left.length === 0 ? await hasGateways(tx, objectId) : await hasRouters(tx, objectId, target === '*' ? { allBut: left } : { project: target });
    return isLeftOut ? 'There are routers attached to this network that depend on this policy for access.' : undefined;
  },

  changed: (tx, networkIds) => touch(tx, 'networks', networkIds),
};

/** Whether routers of these projects have their gateway on the network. */
async function hasRouters(tx: Tx, networkId: string, users: Users): Promise<boolean> {
  const router = await tx
    .selectFrom('routers')
    .innerJoin('router_ports', 'router_ports.router_id', 'routers.id')
    .innerJoin('ports', 'ports.id', 'router_ports.port_id')
    .select('routers.id')
    .where('ports.network_id', '=', networkId)
    .where('router_ports.port_type', '=', 'network:router_gateway')
    .where(isOf(users, 'routers.project_id'))
    .limit(1)
    .executeTakeFirst();
  return router !== undefined;
}
