import type { JsonObject } from '@neutrino/lib/json';
import type { RequestContext } from '../../../context.ts';
import { apiTime, databaseTime } from '../../../db/database-time.ts';
import { inList } from '../../../db/id-list.ts';
import { transact } from '../../../db/transact.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import type { PortStatus, StatusReport } from '../core-plugin.ts';
import type { Ml2 } from '../ml2.ts';
import type { Change } from '../publish.ts';
import { isBound } from './port-binding.ts';
import { portViewsById } from './read-port.ts';
import { ReadyPort, revisionOf, storeAllReady } from './ready-port.ts';

interface ReportedStatus extends StatusReport {
  readonly ids: readonly string[];
  readonly status: PortStatus;
}

/**
 * Sets the status of all these ports and tells of the changes, at a fixed number of statements. Returns those that are there. A report
 * from a host that no longer has the port changes nothing; nor does ACTIVE for a port that is unbound, switched off, or still waited for.
 */
export async function updatePortStatuses(ml2: Ml2, context: RequestContext, report: ReportedStatus): Promise<ReadonlySet<string>> {
  if (report.ids.length === 0) return new Set();
  // Most reports change nothing; whoever changes what they depend on asks again. So only the others wait for their turn to write.
  const before = await statusesOf(ml2.db, report.ids);
  const present = new Set(before.map(({ id }) => id));
  const changing = await portsToChange(ml2.db, before, report);
  if (changing.length === 0) return present;
  const changes = await transact(ml2.db, async (tx) => {
    const ids = await portsToChange(tx, await statusesOf(tx, changing, { lock: true }), report);
    return ids.length === 0 ? [] : changeStatus(ml2, tx, ids, report.status);
  });
  const by = report.entity === undefined ? {} : { reportedBy: report.entity };
  await Promise.all(changes.map((change) => ml2.callbacks.publish({ resource: 'port', operation: 'update', context, id: String(change.current['id']), ...change, ...by })));
  return present;
}

interface StatusRow {
  readonly id: string;
  readonly status: string;
  readonly admin_state_up: 0 | 1;
}

/** Locked in the order of their ids: two reports about the same ports do not wait for each other in a circle. */
async function statusesOf(db: DbOrTx, ids: readonly string[], { lock = false } = {}): Promise<readonly StatusRow[]> {
  const query = db.selectFrom('ports').select(['id', 'status', 'admin_state_up']).where(inList('id', ids));
  return lock ? query.orderBy('id').forUpdate().execute() : query.execute();
}

async function portsToChange(db: DbOrTx, rows: readonly StatusRow[], { status, host }: ReportedStatus): Promise<readonly string[]> {
  const others = rows.filter((row) => row.status !== status && (status !== 'ACTIVE' || row.admin_state_up === 1)).map(({ id }) => id);
  if (others.length === 0 || (status !== 'ACTIVE' && host === undefined)) return others;
  const bindings = await db.selectFrom('port_bindings').select(['port_id', 'host', 'vif_type']).where(inList('port_id', others)).where('status', '=', 'ACTIVE').execute();
  const byPort = new Map(bindings.map((binding) => [binding.port_id, binding]));
  const reported = others.filter((id) => host === undefined || byPort.get(id)?.host === host);
  if (status !== 'ACTIVE') return reported;
  const bound = reported.filter((id) => isBound(byPort.get(id) ?? { vif_type: 'unbound' }));
  if (bound.length === 0) return [];
  // Asked here, inside the transaction: a block may have been added since the last one was lifted.
  const blocks = await db.selectFrom('provisioning_blocks').select('resource_id').distinct().where(inList('resource_id', bound)).execute();
  const blocked = new Set(blocks.map(({ resource_id }) => resource_id));
  return bound.filter((id) => !blocked.has(id));
}

/** Of ports whose rows this transaction has locked; only what the rows themselves tell becomes another, so their views need not be put together anew. */
async function changeStatus(ml2: Ml2, tx: Tx, ids: readonly string[], status: PortStatus): Promise<readonly Change[]> {
  const originals = await portViewsById(ml2, tx, ids);
  const now = databaseTime();
  await tx.updateTable('ports').set((eb) => ({ status, revision_number: eb('revision_number', '+', 1), updated_at: now })).where(inList('id', ids)).execute();
  const changes = originals.map((original): Change => {
    const current: JsonObject = { ...original, status, revision_number: revisionOf(original) + 1, ...('updated_at' in original && { updated_at: apiTime(now) }) };
    return { original, current };
  });
  await storeAllReady(tx, changes.map(({ current }) => ReadyPort.ofObject(ml2.format, current)));
  return changes;
}
