import type { RequestContext } from '../../../context.ts';
import { transact } from '../../../db/transact.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { PortStatus } from '../core-plugin.ts';
import type { Ml2 } from '../ml2.ts';
import { publishUpdated, type Change } from '../publish.ts';
import { touch } from '../standard-attributes.ts';
import { activeBinding, isBound } from './port-binding.ts';
import { portColumns, type PortRow } from './port-view.ts';
import { portView, renewReady } from './read-port.ts';

/**
 * Sets the status and tells of the change. Returns false where the port is gone. A report from a host that no longer has
 * the port changes nothing; nor does ACTIVE for a port that is unbound, switched off, or still waited for.
 */
export async function updatePortStatus(ml2: Ml2, context: RequestContext, id: string, status: PortStatus, host?: string): Promise<boolean> {
  // Most reports change nothing; whoever changes what they depend on asks again. So only the others wait for their turn to write.
  const before = await ml2.db.selectFrom('ports').select(portColumns).where('id', '=', id).executeTakeFirst();
  if (before === undefined) return false;
  if (before.status === status || !(await mayBecome(ml2.db, before, status, host))) return true;
  const outcome = await transact(ml2.db, async (tx): Promise<Change | 'gone' | 'unchanged'> => {
    const row = await tx.selectFrom('ports').select(portColumns).where('id', '=', id).executeTakeFirst();
    if (row === undefined) return 'gone';
    if (row.status === status || !(await mayBecome(tx, row, status, host))) return 'unchanged';
    const original = await portView(ml2, tx, id);
    await tx.updateTable('ports').set({ status }).where('id', '=', id).execute();
    await touch(tx, 'ports', [id]);
    return { original, current: (await renewReady(ml2, tx, id)).object };
  });
  if (typeof outcome === 'object') await publishUpdated(ml2, context, 'port', outcome);
  return outcome !== 'gone';
}

async function mayBecome(tx: DbOrTx, port: PortRow, status: PortStatus, host: string | undefined): Promise<boolean> {
  const binding = await activeBinding(tx, port.id);
  if (host !== undefined && binding?.host !== host) return false;
  if (status !== 'ACTIVE') return true;
  if (binding === undefined || !isBound(binding) || port.admin_state_up === 0) return false;
  // Asked here, inside the transaction: a block may have been added since the last one was lifted.
  const block = await tx.selectFrom('provisioning_blocks').select('entity').where('resource_id', '=', port.id).executeTakeFirst();
  return block === undefined;
}
