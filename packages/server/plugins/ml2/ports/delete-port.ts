import type { JsonObject } from '@neutrino/lib/json';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { TransactionConflict } from '../../../db/errors.ts';
import { prepared } from '../../../db/prepared.ts';
import { untilWon } from '../../../db/transact.ts';
import type { DbOrTx } from '../../../db/types.ts';
import { deleteTags } from '../delete-tags.ts';
import type { Ml2 } from '../ml2.ts';
import { publishDeleted } from '../publish.ts';
import { optionalList } from '../request-values.ts';
import { checkRevision } from '../standard-attributes.ts';
import { readyPort } from './read-port.ts';
import { revisionOf } from './ready-port.ts';

/** Deletes a port; addresses, bindings and all that hangs on it go with the row. */
export async function deletePort(ml2: Ml2, context: RequestContext, id: string, options?: WriteOptions): Promise<void> {
  const deleted = await untilWon(async () => {
    const { object } = await readyPort(ml2, ml2.db, context, id);
    checkRevision({ revision_number: revisionOf(object) }, options?.revisionNumber);
    await deleteAsSeen(ml2, object);
    return object;
  });
  await publishDeleted(ml2, context, 'port', [deleted]);
}

/** One statement, unless there are tags. Throws TransactionConflict where the port has changed. */
async function deleteAsSeen({ db }: Ml2, port: JsonObject): Promise<void> {
  if ((optionalList(port, 'tags') ?? []).length === 0) {
    await deleteRow(db, port);
    return;
  }
  await db.transaction().execute(async (tx) => {
    await deleteRow(tx, port);
    await deleteTags(tx, [String(port['id'])]);
  });
}

async function deleteRow(db: DbOrTx, port: JsonObject): Promise<void> {
  const { numAffectedRows } = await db.executeQuery(deleteRevision(db, { id: String(port['id']), revision: revisionOf(port) }));
  if (numAffectedRows === 0n) throw new TransactionConflict(new Error('the port has changed'));
}

const deleteRevision = prepared<{ id: string; revision: number }, unknown>(['id', 'revision'], (db, { id, revision }) =>
  db.deleteFrom('ports').where('id', '=', id).where('revision_number', '=', revision),
);
