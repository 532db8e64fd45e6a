import type { JsonObject } from '@neutrino/lib/json';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { rowsExist } from '../../../db/rows-exist.ts';
import { transactTogether, writeTogether } from '../../../db/together.ts';
import { inTransaction, settled, untilWon } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { HeldAddresses } from '../../../ipam/held-addresses.ts';
import type { Ml2 } from '../ml2.ts';
import { publishCreated } from '../publish.ts';
import { completePorts, insertPorts } from './insert-ports.ts';
import { planPorts } from './plan-ports.ts';
import type { ReadyPort } from './ready-port.ts';

/** Creates all or none, in order. A port that names a host is bound, or its binding has failed, when this returns. */
export async function createPorts(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly ReadyPort[]> {
  const created = await untilWon(() => attempt(ml2, context, bodies, options));
  await publishCreated(ml2, context, 'port', created.map(({ object }) => object));
  return created;
}

async function attempt(ml2: Ml2, context: RequestContext, bodies: readonly JsonObject[], options?: WriteOptions): Promise<readonly ReadyPort[]> {
  const { db, addressesInFlight } = ml2;
  using held = new HeldAddresses(addressesInFlight);
  const plan = await planPorts(ml2, context, bodies, { held, quota: options?.quota });
  // Most of the time everything is known before the transaction.
  if (!plan.isLimited && options?.alongside === undefined && !plan.ports.some(({ isIncomplete }) => isIncomplete)) {
    const ready = plan.ports.map((port) => port.ready);
    await settled(db, transactTogether(db, insertPorts(db, plan)), ready, rowsExist('ports'));
    return ready;
  }
  const insert = async (tx: Tx): Promise<readonly ReadyPort[]> => {
    await writeTogether(tx, insertPorts(tx, plan));
    const ready = await completePorts(ml2, tx, plan.ports);
    await options?.alongside?.(tx, plan.ports.map(({ row }) => row.id));
    await options?.beforeCommit?.(tx);
    return ready;
  };
  return await inTransaction(db, insert, rowsExist('ports'));
}
