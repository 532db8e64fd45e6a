import type { RbacObjectType } from '../../../services/rbac/rbac-object-type.ts';
import { isOf } from '../../../services/rbac/users.ts';

/** Address scopes, as policies share them: to have pools in. */
export const addressScopeSharing: RbacObjectType = {
  name: 'address_scope',
  policies: 'addressscope_rbacs',
  objects: 'address_scopes',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_scope, target) => `project_id=${target}`,

  async isUsed(tx, scopeId, users) {
    const pools = tx.selectFrom('subnetpools').select('id').where('address_scope_id', '=', scopeId);
    return (await pools.where(isOf(users, 'project_id')).limit(1).executeTakeFirst()) !== undefined;
  },
};
