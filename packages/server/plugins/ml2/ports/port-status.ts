import type { JsonObject } from '@neutrino/lib/json';
import { changeStatements } from '../../../change-log/record-changes.ts';
import { tunnelChanges } from '../../../change-log/tunnel-changes.ts';
import type { RequestContext } from '../../../context.ts';
import { apiTime, databaseTime } from '../../../db/database-time.ts';
import { inList } from '../../../db/id-list.ts';
import { writeTogether } from '../../../db/together.ts';
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
 *
 * INVARIANT: the block of the entity that reports goes in the transaction in which the port becomes ACTIVE, and with its row locked. So a report of
 * which the server did not live to do the rest can be repeated; and of two entities that report at the same time the second sees that the first has.
 */
export async function updatePortStatuses(ml2: Ml2, context: RequestContext, report: ReportedStatus): Promise<ReadonlySet<string>> {
  if (report.ids.length === 0) return new Set();
  // Most reports change nothing; whoever changes what they depend on asks again. So only the others wait for their turn to write.
  const [before, lifted] = await Promise.all([statusesOf(ml2.db, report.ids), blocksOf(ml2.db, report)]);
  const present = new Set(before.map(({ id }) => id));
  // DHCP has nothing to say about a port that does not wait for it: it may be unplugged.
  const meant = report.entity === 'DHCP' ? before.filter(({ id }) => lifted.has(id)) : before;
  const changing = await portsToChange(ml2.db, meant, report);
  if (changing.length === 0 && lifted.size === 0) return present;
  const changes = await transact(ml2.db, async (tx) => {
    const rows = await statusesOf(tx, [...new Set([...changing, ...lifted])], { lock: true });
    if (lifted.size > 0) await liftBlocks(tx, [...lifted], report);
    const ids = await portsToChange(tx, rows, report);
    return ids.length === 0 ? [] : changeStatus(ml2, tx, ids, report.status);
  });
  const by = report.entity === undefined ? {} : { reportedBy: report.entity };
  await Promise.all(changes.map((change) => ml2.callbacks.publish({ resource: 'port', operation: 'update', context, id: String(change.current['id']), ...change, ...by })));
  return present;
}

/** The ports that wait for who reports. */
async function blocksOf(db: DbOrTx, { ids, entity }: ReportedStatus): Promise<ReadonlySet<string>> {
  if (entity === undefined) return new Set();
  const blocks = await db.selectFrom('provisioning_blocks').select('resource_id').where(inList('resource_id', ids)).where('entity', '=', entity).execute();
  return new Set(blocks.map(({ resource_id }) => resource_id));
}

async function liftBlocks(tx: Tx, ids: readonly string[], { entity }: ReportedStatus): Promise<void> {
  if (entity !== undefined) await tx.deleteFrom('provisioning_blocks').where(inList('resource_id', ids)).where('entity', '=', entity).execute();
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

async function portsToChange(db: DbOrTx, rows: readonly StatusRow[], { status, host, entity }: ReportedStatus): Promise<readonly string[]> {
  const others = rows.filter((row) => row.status !== status && (status !== 'ACTIVE' || row.admin_state_up === 1)).map(({ id }) => id);
  if (others.length === 0 || (status !== 'ACTIVE' && host === undefined)) return others;
  const bindings = await db.selectFrom('port_bindings').select(['port_id', 'host', 'vif_type']).where(inList('port_id', others)).where('status', '=', 'ACTIVE').execute();
  const byPort = new Map(bindings.map((binding) => [binding.port_id, binding]));
  const reported = others.filter((id) => host === undefined || byPort.get(id)?.host === host);
  if (status !== 'ACTIVE') return reported;
  const bound = reported.filter((id) => isBound(byPort.get(id) ?? { vif_type: 'unbound' }));
  if (bound.length === 0) return [];
  // Asked here, inside the transaction: a block may have been added since the last one was lifted.
  const blocks = await db
    .selectFrom('provisioning_blocks')
    .select('resource_id')
    .distinct()
    .where(inList('resource_id', bound))
    .$if(entity !== undefined, (query) => query.where('entity', '<>', entity ?? ''))
    .execute();
  const blocked = new Set(blocks.map(({ resource_id }) => resource_id));
  return bound.filter((id) => !blocked.has(id));
}

/** Of ports whose rows this transaction has locked; only what the rows themselves tell becomes another, so their views need not be put together anew. */
async function changeStatus(ml2: Ml2, tx: Tx, ids: readonly string[], status: PortStatus): Promise<readonly Change[]> {
  const originals = await portViewsById(ml2, tx, ids);
  const now = databaseTime();
  const changes = originals.map((original): Change => {
    const current: JsonObject = { ...original, status, revision_number: revisionOf(original) + 1, ...('updated_at' in original && { updated_at: apiTime(now) }) };
    return { original, current };
  });
  // Of a status nobody hears by the log but who is told what is behind tunnels: where nobody is, nothing is left there.
  const told = ml2.settings.mechanismDrivers.includes('l2population') ? changes.flatMap(tunnelChanges) : [];
  await writeTogether(tx, [
    tx.updateTable('ports').set((eb) => ({ status, revision_number: eb('revision_number', '+', 1), updated_at: now })).where(inList('id', ids)).compile(),
    ...changeStatements(tx, told),
  ]);
  await storeAllReady(tx, changes.map(({ current }) => ReadyPort.ofObject(ml2.format, current)));
  return changes;
}
