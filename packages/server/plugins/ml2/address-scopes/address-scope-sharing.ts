import type { RbacObjectType } from '../../../services/rbac/rbac-object-type.ts';

/** Address scopes, as policies share them: to have pools in. */
export const addressScopeSharing: RbacObjectType = {
  name: 'address_scope',
  policies: 'addressscope_rbacs',
  objects: 'address_scopes',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_scope, target) => `project_id=${target}`,

  async isUsed(tx, scopeId, by) {
    const pools = tx.selectFrom('subnetpools').select('id').where('address_scope_id', '=', scopeId);
    const theirs = 'project' in by ? pools.where('project_id', '=', by.project) : pools.where('project_id', 'not in', ['', ...by.allBut]);
    return (await theirs.limit(1).executeTakeFirst()) !== undefined;
  },
};
