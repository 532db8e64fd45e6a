import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SubnetPoolDeleteError } from '@neutrino/lib/exceptions/subnetpool';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import { deleteTags } from '../delete-tags.ts';
import type { Ml2 } from '../ml2.ts';
import { checkRevision } from '../standard-attributes.ts';
import { lockedPool } from './read-pool.ts';

/** Throws SubnetPoolDeleteError where subnets were taken from it. */
export async function deletePool(ml2: Ml2, context: RequestContext, id: string, options?: WriteOptions): Promise<void> {
  await transact(ml2.db, async (tx) => {
    checkRevision(await lockedPool(tx, context, id), options?.revisionNumber);
    const used = await tx.selectFrom('subnets').select('id').where('subnetpool_id', '=', id).limit(1).executeTakeFirst();
    if (used !== undefined) throw new NeutronError(SubnetPoolDeleteError, { reason: 'Subnet pool has existing allocations' });
    await deleteTags(tx, [id]);
    await tx.deleteFrom('subnetpools').where('id', '=', id).execute();
  });
}
