import type { RbacObjectType } from '../rbac/rbac-object-type.ts';

/** Address groups, as policies share them: to be the other end of rules. */
export const addressGroupSharing: RbacObjectType = {
  name: 'address_group',
  policies: 'address_group_rbacs',
  objects: 'address_groups',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_group, target) => `project_id=${target}`,

  async isUsed(tx, groupId, by) {
    const rules = tx.selectFrom('security_group_rules').select('id').where('remote_address_group_id', '=', groupId);
    const theirs = 'project' in by ? rules.where('project_id', '=', by.project) : rules.where('project_id', 'not in', ['', ...by.allBut]);
    return (await theirs.limit(1).executeTakeFirst()) !== undefined;
  },
};
