import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { PortNotFound } from '@neutrino/lib/exceptions/port';
import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { transact } from '../../../db/transact.ts';
import type { Ml2 } from '../ml2.ts';
import { publishUpdated } from '../publish.ts';
import { touch } from '../standard-attributes.ts';
import { portView, renewReady } from './read-port.ts';
import { applyBinding, prepareBinding, untilInputsHold } from './update-binding.ts';

/** Tries again to bind a port that no driver could bind. Nothing changes, and nobody is told, where still none can. */
export async function rebindPort(ml2: Ml2, context: RequestContext, id: string): Promise<JsonObject> {
  const { original, current, bound } = await untilInputsHold(async () => {
    const prepared = await prepareBinding(ml2, id, {});
    return transact(ml2.db, async (tx) => {
      const exists = await tx.selectFrom('ports').select('id').where('id', '=', id).executeTakeFirst();
      if (exists === undefined) throw new NeutronError(PortNotFound, { port_id: id });
      const before = await portView(ml2, tx, id);
      const changed = await applyBinding(ml2, tx, id, {}, prepared);
      if (!changed) return { original: before, current: before, bound: false };
      await touch(tx, 'ports', [id]);
      const { object: after } = await renewReady(ml2, tx, id);
      await recordChanges(tx, portChanges([{ original: before, current: after }]));
      return { original: before, current: after, bound: true };
    });
  });
  if (bound) await publishUpdated(ml2, context, 'port', { original, current });
  return current;
}
