import type { JsonObject } from '@neutrino/lib/json';
import type { Updateable } from 'kysely';
import type { WriteOptions } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import type { AgentChange } from '../../../change-log/agent-change.ts';
import { portChanges } from '../../../change-log/port-changes.ts';
import { recordChanges } from '../../../change-log/record-changes.ts';
import { apiTime, databaseTime } from '../../../db/database-time.ts';
import { TransactionConflict } from '../../../db/errors.ts';
import { recurring } from '../../../db/recurring.ts';
import { inTransaction } from '../../../db/transact.ts';
import type { PortsTable } from '../../../db/schema.ts';
import type { Db, DbOrTx } from '../../../db/types.ts';
import { checkExtensions, reachesBeyondRow, withDerived } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { textOf } from '../request-values.ts';
import { checkRevision } from '../standard-attributes.ts';
import { isBound } from './port-binding.ts';
import { changedColumns } from './changed-columns.ts';
import { readyPort } from './read-port.ts';
import { ReadyPort, revisionOf } from './ready-port.ts';

/** What a port's row holds of it and nothing else depends on. */
const ownAttributes: ReadonlySet<string> = new Set(['name', 'description', 'admin_state_up', 'device_id', 'device_owner']);

export interface UpdatedPort {
  readonly original: JsonObject;
  readonly current: ReadyPort;
}

/**
 * An update of nothing but the port's own row: it is read, and written where it still has that revision. Undefined where more
 * is to be done. Throws PortNotFound, RevisionNumberConstraintFailed, and TransactionConflict where the port has changed meanwhile.
 */
export async function updateInPlace(ml2: Ml2, context: RequestContext, id: string, changes: JsonObject, options?: WriteOptions): Promise<UpdatedPort | undefined> {
  if (!Object.keys(changes).every((name) => ownAttributes.has(name)) || reachesBeyondRow(ml2, 'ports', changes)) return undefined;
  const { object: original } = await readyPort(ml2, ml2.db, context, id);
  if (isToBeBound(original)) return undefined;
  checkRevision({ revision_number: revisionOf(original) }, options?.revisionNumber);
  checkExtensions(ml2, 'ports', changes, original);
  const now = databaseTime();
  const columns = { ...changedColumns(changes), revision_number: revisionOf(original) + 1, updated_at: now };
  const { admin_state_up: isUp, ...texts } = columns;
  const shown = { ...texts, ...(isUp !== undefined && { admin_state_up: isUp === 1 }), updated_at: apiTime(now) };
  const current = ReadyPort.ofObject(ml2.format, withDerived(ml2, 'ports', { ...original, ...shown }));
  await write(ml2.db, portChanges([{ original, current: current.object }]), (db) => writeRevision(db, id, revisionOf(original), { ...columns, ...current.columns }));
  return { original, current };
}

/** A port whose binding is due is tried with every update; one of a whole device may get another MAC address. */
function isToBeBound(port: JsonObject): boolean {
  const isWaiting = textOf(port, 'binding:host_id', '') !== '' && !isBound({ vif_type: textOf(port, 'binding:vif_type', 'unbound') });
  return isWaiting || port['binding:vnic_type'] === 'direct-physical';
}

/** One statement, unless agents have to hear of it. */
async function write(db: Db, changes: readonly AgentChange[], update: (db: DbOrTx) => Promise<void>): Promise<void> {
  if (changes.length === 0) {
    await update(db);
    return;
  }
  await inTransaction(db, async (tx) => {
    await update(tx);
    await recordChanges(tx, changes);
  });
}

async function writeRevision(db: DbOrTx, id: string, revision: number, columns: Updateable<PortsTable>): Promise<void> {
  const build = () => db.updateTable('ports').set(columns).where('id', '=', id).where('revision_number', '=', revision);
  const { numAffectedRows } = await db.executeQuery(recurring(db, `port ${Object.keys(columns).join()}`, build, [...Object.values(columns), id, revision]));
  if (numAffectedRows === 0n) throw new TransactionConflict(new Error('the port has changed'));
}
