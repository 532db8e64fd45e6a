import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { inList } from '../../../db/id-list.ts';
import type { RbacObjectType } from '../../../services/rbac/rbac-object-type.ts';
import { isOf } from '../../../services/rbac/users.ts';

/** Subnet pools, as policies share them: to take subnets from. */
export const subnetpoolSharing: RbacObjectType = {
  name: 'subnetpool',
  policies: 'subnetpool_rbacs',
  objects: 'subnetpools',
  inWords: 'objects',
  actions: ['access_as_shared'],
  inUse: (_pool, target) => `project_id=${target}`,

  async isUsed(tx, poolId, users) {
    const subnets = tx.selectFrom('subnets').select('id').where('subnetpool_id', '=', poolId);
    return (await subnets.where(isOf(users, 'project_id')).limit(1).executeTakeFirst()) !== undefined;
  },

  /** Who may use a pool may use the address scope that it is in. */
  async refuseTargets(tx, policies) {
    const scopes = await tx
      .selectFrom('subnetpools as pool')
      .innerJoin('address_scopes as scope', 'scope.id', 'pool.address_scope_id')
      .leftJoin('addressscope_rbacs as granted', (join) => join.onRef('granted.object_id', '=', 'scope.id').on('granted.action', '=', 'access_as_shared'))
      .select(['pool.id as pool', 'scope.project_id as owner', 'granted.target_project as target'])
      .where(inList('pool.id', [...new Set(policies.map(({ object_id }) => object_id))]))
      .execute();
    for (const { object_id, target_project: target } of policies) {
      const access = scopes.filter(({ pool }) => pool === object_id);
      if (access.length === 0 || access.some((scope) => scope.owner === target || scope.target === '*' || scope.target === target)) continue;
      const reason = "target project doesn't have access to associated address scope.";
      throw new NeutronError(InvalidInput, { error_message: `Failed to create RBAC policy on object ${object_id} because ${reason}` });
    }
  },
};
