import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { TransactionConflict } from '../../../db/errors.ts';
import { rowsExist } from '../../../db/rows-exist.ts';
import { writeTogether } from '../../../db/together.ts';
import { inTransaction, untilWon, type IsThere } from '../../../db/transact.ts';
import type { Tx } from '../../../db/types.ts';
import { HeldAddresses } from '../../../ipam/held-addresses.ts';
import type { Ml2 } from '../ml2.ts';
import { publishCreated, publishDeleted, publishUpdated } from '../publish.ts';
import { deleteSeen, isGone } from './delete-port.ts';
import { completePorts, insertPorts } from './insert-ports.ts';
import { planPorts } from './plan-ports.ts';
import { portViewsById } from './read-port.ts';
import { prepareBinding, untilInputsHold } from './update-binding.ts';
import type { UpdatedPort } from './update-in-place.ts';
import { changePort } from './update-port.ts';

/** Ports that change together: all of it happens, or nothing. */
export interface PortChanges {
  readonly remove: readonly string[];
  /** Port → what is to change of it. */
  readonly update: ReadonlyMap<string, JsonObject>;
  readonly create: readonly JsonObject[];
}

/** What belongs to the same transaction; it may run several times, and what it throws undoes all. */
export interface AlongsideChanges {
  /** Before the first port changes. */
  readonly before: (tx: Tx) => Promise<void>;
  /** When all have changed. `created`: the new ports, in order. */
  readonly after: (tx: Tx, created: readonly string[]) => Promise<void>;
}

interface Changed {
  readonly removed: readonly JsonObject[];
  readonly updated: readonly UpdatedPort[];
  readonly created: readonly JsonObject[];
}

/** Deletes, changes and creates ports in one transaction, in this order. Addresses are chosen before it: one that a deleted port gives up is not free for a new one yet. */
export async function changePorts(ml2: Ml2, context: RequestContext, changes: PortChanges, alongside: AlongsideChanges): Promise<void> {
  const { removed, updated, created } = await untilWon(() => untilInputsHold(() => attempt(ml2, context, changes, alongside)));
  await publishDeleted(ml2, context, 'port', removed);
  for (const { original, current } of updated) await publishUpdated(ml2, context, 'port', { original, current: current.object });
  await publishCreated(ml2, context, 'port', created);
}

async function attempt(ml2: Ml2, context: RequestContext, { remove, update, create }: PortChanges, { before, after }: AlongsideChanges): Promise<Changed> {
  const { db, addressesInFlight } = ml2;
  using held = new HeldAddresses(addressesInFlight);
  const plan = create.length === 0 ? undefined : await planPorts(ml2, context, create, { held, quota: undefined });
  const removed = await portViewsById(ml2, db, remove);
  const prepared = new Map<string, Awaited<ReturnType<typeof prepareBinding>>>();
  for (const [id, changes] of update) prepared.set(id, await prepareBinding(ml2, id, changes));
  const change = async (tx: Tx): Promise<Changed> => {
    await before(tx);
    if (removed.length < remove.length) throw new TransactionConflict(new Error('a port is gone'));
    for (const port of removed) await deleteSeen(tx, port);
    const updated: UpdatedPort[] = [];
    for (const [id, changes] of update) updated.push(await changePort(ml2, tx, { context, id, changes, prepared: prepared.get(id) ?? { proposal: undefined, hasDhcpAgent: false }, options: undefined }));
    if (plan !== undefined) await writeTogether(tx, insertPorts(tx, plan));
    const ready = plan === undefined ? [] : await completePorts(ml2, tx, plan.ports);
    await after(tx, ready.map(({ id }) => id));
    return { removed, updated, created: ready.map(({ object }) => object) };
  };
  return await inTransaction(db, change, isDone);
}

/** A port that came or went says so of all of them. Where ports only changed, none can. */
const isDone: IsThere<Changed> = async (db, { removed, created }) => {
  const [gone] = removed;
  if (created.length > 0) return rowsExist('ports')(db, created);
  return gone !== undefined && isGone(db, String(gone['id']));
};
