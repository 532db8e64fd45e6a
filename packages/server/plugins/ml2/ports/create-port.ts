import type { JsonObject } from '@neutrino/lib/json';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { rowsExist } from '../../../db/rows-exist.ts';
import { inTransaction, untilWon } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { HeldAddresses } from '../../../ipam/held-addresses.ts';
import type { Ml2 } from '../ml2.ts';
import { publishCreated } from '../publish.ts';
import { insertPorts } from './insert-ports.ts';
import { planPorts } from './plan-ports.ts';
import type { ReadyPort } from './ready-port.ts';

/** Creates all or none, in order. A port that names a host is bound, or its binding has failed, when this returns. */
export async function createPorts(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly ReadyPort[]> {
  const created = await untilWon(async () => {
    using held = new HeldAddresses(ml2.addressesInFlight);
    const plan = await planPorts(ml2, context, bodies, held);
    const insert = async (tx: Tx): Promise<readonly ReadyPort[]> => {
      const ready = await insertPorts(ml2, tx, plan);
      await options?.beforeCommit?.(tx);
      return ready;
    };
    return await inTransaction(ml2.db, insert, rowsExist('ports'));
  });
  await publishCreated(ml2, context, 'port', created.map(({ object }) => object));
  return created;
}
