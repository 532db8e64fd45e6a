import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import { deleteTags } from '../delete-tags.ts';
import type { Ml2 } from '../ml2.ts';
import { publishDeleted } from '../publish.ts';
import { checkRevision } from '../standard-attributes.ts';
import { portView, visiblePort } from './read-port.ts';

/** Deletes a port; addresses, bindings and all that hangs on it go with the row. */
export async function deletePort(ml2: Ml2, context: RequestContext, id: string, options?: WriteOptions): Promise<void> {
  const deleted = await transact(ml2.db, async (tx) => {
    checkRevision(await visiblePort(tx, context, id), options?.revisionNumber);
    const view = await portView(ml2, tx, id);
    await deleteTags(tx, [id]);
    await tx.deleteFrom('ports').where('id', '=', id).execute();
    return view;
  });
  await publishDeleted(ml2, context, 'port', [deleted]);
}
