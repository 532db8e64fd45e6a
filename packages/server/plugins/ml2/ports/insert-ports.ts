import { sql, type CompiledQuery } from 'kysely';
import { portChanges } from '../../../change-log/port-changes.ts';
import { changeStatements } from '../../../change-log/record-changes.ts';
import { insertRows } from '../../../db/insert-rows.ts';
import { prepared } from '../../../db/prepared.ts';
import type { DbOrTx, Tx } from '../../../db/types.ts';
import { processCreate } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import type { CreationPlan, PlannedPort } from './plan-ports.ts';
import { renewReady } from './read-port.ts';
import type { ReadyPort } from './ready-port.ts';

/**
 * Statements that write planned ports, one a table. They fail with ForeignKeyViolation where a network is no longer as the plan
 * has it (a subnet has come or gone), and by keys where anything else has changed that they rest on.
 */
export function insertPorts(db: DbOrTx, { ports, revisions }: CreationPlan): readonly CompiledQuery[] {
  return [
    ...insertRows(db, 'ports', ports.map(({ row, ready }) => ({ ...row, ...ready.columns }))),
    ...insertRows(db, 'port_bindings', ports.map(({ binding }) => binding)),
    ...insertRows(db, 'ip_allocations', ports.flatMap(({ allocations }) => allocations)),
    ...insertRows(db, 'security_group_port_bindings', ports.flatMap(({ row, groups }) => groups.map((security_group_id) => ({ port_id: row.id, security_group_id })))),
    ...insertRows(db, 'allowed_address_pairs', ports.flatMap(({ pairs }) => pairs)),
    ...insertRows(db, 'extra_dhcp_opts', ports.flatMap(({ options }) => options)),
    ...insertRows(db, 'provisioning_blocks', ports.flatMap(({ row, blocks }) => blocks.map((entity) => ({ resource_id: row.id, entity })))),
    ...changeStatements(db, portChanges(ports.map(({ ready }) => ({ current: ready.object })))),
    ...[...revisions].map(([id, revision]) => requireRevision(db, { id, revision })),
  ];
}

/** What extension drivers have to write and to show beyond the row. */
export async function completePorts(ml2: Ml2, tx: Tx, ports: readonly PlannedPort[]): Promise<readonly ReadyPort[]> {
  const ready: ReadyPort[] = [];
  for (const port of ports) {
    if (port.isIncomplete) await processCreate(ml2, tx, 'ports', port.body, port.row.id);
    ready.push(port.isIncomplete ? await renewReady(ml2, tx, port.row.id) : port.ready);
  }
  return ready;
}

/**
 * Fails where the network has another revision: it inserts a block of no port then, which the table refuses, and nothing
 * otherwise. The new ports' reference to the network makes others wait from then on who change it (PostgreSQL lets them:
 * there a subnet that comes in this very moment may miss the port).
 */
const requireRevision = prepared<{ id: string; revision: number }, unknown>(['id', 'revision'], (db, { id, revision }) =>
  db
    .insertInto('provisioning_blocks')
    .columns(['resource_id', 'entity'])
    .expression(db.selectFrom('networks').select([sql<string>`null`.as('resource_id'), sql<string>`null`.as('entity')]).where('id', '=', id).where('revision_number', '<>', revision)),
);
