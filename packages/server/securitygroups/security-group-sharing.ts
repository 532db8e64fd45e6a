import type { RbacObjectType } from '../services/rbac/rbac-object-type.ts';
import { isOf } from '../services/rbac/users.ts';

/** Security groups, as policies share them: to be put on ports. */
export const securityGroupSharing: RbacObjectType = {
  name: 'security_group',
  policies: 'security_group_rbacs',
  objects: 'security_groups',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_group, target) => `project_id=${target}`,

  async isUsed(tx, groupId, users) {
    const ports = tx
      .selectFrom('security_group_port_bindings as member')
      .innerJoin('ports', 'ports.id', 'member.port_id')
      .select('ports.id')
      .where('member.security_group_id', '=', groupId);
    return (await ports.where(isOf(users, 'ports.project_id')).limit(1).executeTakeFirst()) !== undefined;
  },
};
