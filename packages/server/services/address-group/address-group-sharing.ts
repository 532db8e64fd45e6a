import type { RbacObjectType } from '../rbac/rbac-object-type.ts';
import { isOf } from '../rbac/users.ts';

/** Address groups, as policies share them: to be the other end of rules. */
export const addressGroupSharing: RbacObjectType = {
  name: 'address_group',
  policies: 'address_group_rbacs',
  objects: 'address_groups',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_group, target) => `project_id=${target}`,

  async isUsed(tx, groupId, users) {
    const rules = tx.selectFrom('security_group_rules').select('id').where('remote_address_group_id', '=', groupId);
    return (await rules.where(isOf(users, 'project_id')).limit(1).executeTakeFirst()) !== undefined;
  },
};
