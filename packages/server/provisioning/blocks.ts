import { adminContext } from '../context.ts';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks, ProvisioningEntity } from './provisioning-blocks.ts';

export interface ProvisioningOptions {
  readonly db: Db;
  /** Asked for when a port is ready: the plugin itself is made with these blocks. */
  readonly core: () => Pick<CorePlugin, 'updatePortStatuses'>;
}

/** Blocks are rows of `provisioning_blocks`, so that any server may hear any agent's report, and a restart forgets none. */
export function createProvisioningBlocks({ db, core }: ProvisioningOptions): ProvisioningBlocks {
  return {
    addBlock,

    async complete(portIds, entity) {
      const ids = [portIds].flat();
      const removed = await removeBlocks(db, ids, entity);
      // DHCP has nothing to say about a port that does not wait for it: it may be unplugged.
      const reported = entity === 'DHCP' ? ids.filter((id) => removed.has(id)) : ids;
      // Refused there where another block is left, or the port may not become active.
      await core().updatePortStatuses(adminContext(), reported, 'ACTIVE', { entity });
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

/** In one transaction; returns the ports that had the block. */
async function removeBlocks(db: Db, portIds: readonly string[], entity: ProvisioningEntity): Promise<ReadonlySet<string>> {
  const blocked = await unlessEmpty(portIds, (part) =>
    db.selectFrom('provisioning_blocks').select('resource_id').where(inList('resource_id', part)).where('entity', '=', entity).execute(),
  );
  const ids = blocked.map(({ resource_id }) => resource_id);
  if (ids.length > 0) {
    await transact(db, (tx) => tx.deleteFrom('provisioning_blocks').where(inList('resource_id', ids)).where('entity', '=', entity).execute());
  }
  return new Set(ids);
}
