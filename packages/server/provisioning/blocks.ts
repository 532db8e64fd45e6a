import { adminContext } from '../context.ts';
import { inList } from '../db/id-list.ts';
import type { Tx } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks, ProvisioningEntity } from './provisioning-blocks.ts';

export interface ProvisioningOptions {
  /** Asked for when a port is ready: the plugin itself is made with these blocks. */
  readonly core: () => Pick<CorePlugin, 'updatePortStatuses'>;
}

/** Blocks are rows of `provisioning_blocks`, so that any server may hear any agent's report, and a restart forgets none. */
export function createProvisioningBlocks({ core }: ProvisioningOptions): ProvisioningBlocks {
  return {
    addBlock,

    async complete(portIds, entity) {
      // Refused there where another block is left, or the port may not become active.
      await core().updatePortStatuses(adminContext(), [portIds].flat(), 'ACTIVE', { entity });
    },

    async clear(tx, portId) {
      await tx.deleteFrom('provisioning_blocks').where('resource_id', '=', portId).execute();
    },
  };
}

/** One statement that finds out for itself: no row for a port that is gone, or is blocked already. */
async function addBlock(tx: Tx, portIds: string | readonly string[], entity: ProvisioningEntity): Promise<void> {
  const ids = [portIds].flat();
  if (ids.length === 0) return;
  const blocked = tx.selectFrom('provisioning_blocks').select('resource_id').where(inList('resource_id', ids)).where('entity', '=', entity);
  await tx
    .insertInto('provisioning_blocks')
    .columns(['resource_id', 'entity'])
    .expression((eb) =>
      eb
        .selectFrom('ports')
        .select(['ports.id', eb.val<string>(entity).as('entity')])
        .where(inList('ports.id', ids))
        .where('ports.id', 'not in', blocked),
    )
    .execute();
}
