import { adminContext } from '../context.ts';
import { transact } from '../db/transact.ts';
import type { Db, Tx } from '../db/types.ts';
import type { CorePlugin } from '../plugins/ml2/core-plugin.ts';
import type { ProvisioningBlocks, ProvisioningEntity } from './provisioning-blocks.ts';

export interface ProvisioningOptions {
  readonly db: Db;
  /** Asked for when a port is ready: the plugin itself is made with these blocks. */
  readonly core: () => Pick<CorePlugin, 'updatePortStatus'>;
}

/** Blocks are rows of `provisioning_blocks`, so that any server may hear any agent's report, and a restart forgets none. */
export function createProvisioningBlocks({ db, core }: ProvisioningOptions): ProvisioningBlocks {
  return {
    addBlock,

    async complete(portId, entity) {
      const removed = await removeBlock(db, portId, entity);
      // DHCP has nothing to say about a port that does not wait for it: it may be unplugged.
      if (!removed && entity === 'DHCP') return;
      // Refused there where another block is left, or the port may not become active.
      await core().updatePortStatus(adminContext(), portId, 'ACTIVE');
    },

    async clear(tx, portId) {
      await tx.deleteFrom('provisioning_blocks').where('resource_id', '=', portId).execute();
    },
  };
}

/** One statement that finds out for itself: no row where the port is gone, or is blocked already. */
async function addBlock(tx: Tx, portId: string, entity: ProvisioningEntity): Promise<void> {
  const blocked = tx.selectFrom('provisioning_blocks').select('entity').where('resource_id', '=', portId).where('entity', '=', entity);
  await tx
    .insertInto('provisioning_blocks')
    .columns(['resource_id', 'entity'])
    .expression((eb) =>
      eb
        .selectFrom('ports')
        .select(['ports.id', eb.val<string>(entity).as('entity')])
        .where('ports.id', '=', portId)
        .where(eb.not(eb.exists(blocked))),
    )
    .execute();
}

async function removeBlock(db: Db, portId: string, entity: ProvisioningEntity): Promise<boolean> {
  const mine = await db
    .selectFrom('provisioning_blocks')
    .select('entity')
    .where('resource_id', '=', portId)
    .where('entity', '=', entity)
    .executeTakeFirst();
  if (mine === undefined) return false;
  const { numDeletedRows } = await transact(db, (tx) =>
    tx.deleteFrom('provisioning_blocks').where('resource_id', '=', portId).where('entity', '=', entity).executeTakeFirstOrThrow(),
  );
  return numDeletedRows > 0n;
}
