import type { JsonObject } from '@neutrino/lib/json';
import type { CompiledQuery, QueryResult } from 'kysely';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { changeStatements } from '../../../change-log/record-changes.ts';
import { TransactionConflict } from '../../../db/errors.ts';
import { prepared } from '../../../db/prepared.ts';
import { transactTogether, writeTogether } from '../../../db/together.ts';
import { settled, untilWon, type IsThere } from '../../../db/transact.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
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
    await deleteAsSeen(ml2, object, options?.alongside);
    return object;
  });
  await publishDeleted(ml2, context, 'port', [deleted]);
}

/** Two statements that travel together, unless there are tags or more to do. Throws TransactionConflict where the port has changed. */
async function deleteAsSeen({ db }: Ml2, port: JsonObject, alongside: WriteOptions['alongside']): Promise<void> {
  const id = String(port['id']);
  const hasTags = (optionalList(port, 'tags') ?? []).length > 0;
  const deletion =
    hasTags || alongside !== undefined
      ? db.transaction().execute(async (tx) => {
          await alongside?.(tx, [id]);
          await deleteSeen(tx, port);
        })
      : transactTogether(db, deletionOf(db, port)).then(requireDeleted);
  await settled(db, deletion, id, isGone);
}

/** Deletes a port as part of a transaction. Throws TransactionConflict where it is no longer as it was seen. */
export async function deleteSeen(tx: Tx, port: JsonObject): Promise<void> {
  requireDeleted(await writeTogether(tx, deletionOf(tx, port)));
  await deleteTags(tx, [String(port['id'])]);
}

/** Should the port have changed, agents are told for nothing. */
function deletionOf(db: DbOrTx, port: JsonObject): readonly CompiledQuery[] {
  return [deleteRevision(db, { id: String(port['id']), revision: revisionOf(port) }), ...changeStatements(db, portChanges([{ original: port }]))];
}

function requireDeleted([deleted]: readonly QueryResult<unknown>[]): void {
  if (deleted?.numAffectedRows === 0n) throw new TransactionConflict(new Error('the port has changed'));
}

export const isGone: IsThere<string> = async (db, id) => (await db.selectFrom('ports').select('id').where('id', '=', id).executeTakeFirst()) === undefined;

const deleteRevision = prepared<{ id: string; revision: number }, unknown>(['id', 'revision'], (db, { id, revision }) =>
  db.deleteFrom('ports').where('id', '=', id).where('revision_number', '=', revision),
);
