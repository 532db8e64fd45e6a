import type { RbacObjectType } from '../../../services/rbac/rbac-object-type.ts';
import { isOf } from '../../../services/rbac/users.ts';
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
    if (successor !== undefined) return undefined;
    const others = await tx.selectFrom('network_rbacs').select('id').where('object_id', '=', objectId).where('action', '=', 'access_as_external').where('target_project', '!=', target).executeTakeFirst();
    // Without any, the network would lead outside no longer.
    if (others !== undefined || !(await hasGateways(tx, objectId))) return undefined;
    return 'There are routers attached to this network that depend on this policy for access.';
  },

  changed: (tx, networkIds) => touch(tx, 'networks', networkIds),
};
