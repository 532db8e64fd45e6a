import type { Insertable } from 'kysely';
import { TransactionConflict } from '../../../db/errors.ts';
import type { Database } from '../../../db/schema.ts';
import type { Tx } from '../../../db/types.ts';
import { processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import type { CreationPlan, PlannedPort } from './plan-ports.ts';
import { composedPortsById } from './read-port.ts';
import { storeReady, type ReadyPort } from './ready-port.ts';

/** Engines limit the parameters of a statement. */
const rowsAtOnce = 500;

/**
 * Writes planned ports, all of them with one statement a table. Throws TransactionConflict where a network is no longer as
 * the plan has it (a subnet has come or gone); keys refuse the rest of what may have changed.
 */
export async function insertPorts(ml2: Ml2, tx: Tx, { ports, revisions }: CreationPlan): Promise<readonly ReadyPort[]> {
  await insertAll(tx, 'ports', ports.map(({ row, ready, isIncomplete }) => (isIncomplete ? row : { ...row, ...ready.columns })));
  await insertAll(tx, 'port_bindings', ports.map(({ binding }) => binding));
  await insertAll(tx, 'ip_allocations', ports.flatMap(({ allocations }) => allocations));
  await insertAll(tx, 'security_group_port_bindings', ports.flatMap(({ row, groups }) => groups.map((security_group_id) => ({ port_id: row.id, security_group_id }))));
  await insertAll(tx, 'allowed_address_pairs', ports.flatMap(({ pairs }) => pairs));
  await insertAll(tx, 'extra_dhcp_opts', ports.flatMap(({ options }) => options));
  await insertAll(tx, 'provisioning_blocks', ports.flatMap(({ row, blocks }) => blocks.map((entity) => ({ resource_id: row.id, entity }))));
  await checkRevisions(tx, revisions);
  const ready: ReadyPort[] = [];
  for (const port of ports) ready.push(port.isIncomplete ? await complete(ml2, tx, port) : port.ready);
  return ready;
}

async function insertAll<T extends keyof Database & string>(tx: Tx, table: T, rows: readonly Insertable<Database[T]>[]): Promise<void> {
  for (let start = 0; start < rows.length; start += rowsAtOnce) {
    await tx
      .insertInto(table)
      .values(rows.slice(start, start + rowsAtOnce))
      .execute();
  }
}

/**
 * The network may have changed between the plan and the inserts. From then on the new ports' reference to its row makes others
 * wait who change it (PostgreSQL lets them: there a subnet that comes in this very moment may miss the port).
 */
async function checkRevisions(tx: Tx, revisions: ReadonlyMap<string, number>): Promise<void> {
  const rows = await tx.selectFrom('networks').select(['id', 'revision_number']).where('id', 'in', [...revisions.keys()]).execute();
  for (const { id, revision_number } of rows) {
    if (Number(revision_number) !== Number(revisions.get(id))) throw new TransactionConflict(new Error(`network ${id} has changed`));
  }
}

async function complete(ml2: Ml2, tx: Tx, { body, row }: PlannedPort): Promise<ReadyPort> {
  await processCreate(ml2, tx, 'ports', body, row.id);
  const [ready] = await composedPortsById(ml2, tx, [row.id]);
  if (ready === undefined) throw new Error('a port is gone that was just made');
  await storeReady(tx, ready);
  return ready;
}
