import { RbacPolicyInUse } from '@neutrino/lib/exceptions/rbac';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { Tx } from '../../db/types.ts';
import type { EndingGrant, RbacObjectType } from './rbac-object-type.ts';

/** Throws RbacPolicyInUse where a project would be left with something that it uses only because of the grant. */
export async function refuseEnd(tx: Tx, type: RbacObjectType, grant: EndingGrant): Promise<void> {
  const reason = grant.action === 'access_as_shared' ? await whoIsLeft(tx, type, grant) : await type.whyNotEnd?.(tx, grant);
  if (reason !== undefined) throw new NeutronError(RbacPolicyInUse, { object_id: grant.objectId, details: reason });
}

async function whoIsLeft(tx: Tx, type: RbacObjectType, grant: EndingGrant): Promise<string | undefined> {
  const { objectId, owner, target, successor } = grant;
  if (target === owner || successor === '*') return undefined;
  const others = await otherTargets(tx, type, grant);
  if (target !== '*') {
    if (others.includes('*')) return undefined;
    return (await type.isUsed(tx, objectId, { project: target })) ? type.inUse(objectId, target) : undefined;
  }
  const allowed = [owner, ...others, ...(successor === undefined ? [] : [successor])];
  return (await type.isUsed(tx, objectId, { allBut: allowed })) ? type.inUse(objectId, target) : undefined;
}

/** Who else has the same grant on the object. */
async function otherTargets(tx: Tx, type: RbacObjectType, { objectId, action, target }: EndingGrant): Promise<readonly string[]> {
  const rows = await tx
    .selectFrom(type.policies)
    .select('target_project')
    .where('object_id', '=', objectId)
    .where('action', '=', action)
    .where('target_project', '!=', target)
    .execute();
  return rows.map(({ target_project }) => target_project);
}
