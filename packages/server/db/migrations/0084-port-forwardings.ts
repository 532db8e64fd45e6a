import { id, time } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const portForwardings: Migration = {
  revision: '0084-port-forwardings',
  summary: 'ports of floating IPs that lead to ports inside',
  async up(tx) {
    await tx.schema
      .createTable('port_forwardings')
      .addColumn('id', id, (column) => column.primaryKey())
      // No cascade: a floating IP with forwardings is not deleted, however late the forwarding came.
      .addColumn('floatingip_id', id, (column) => column.notNull().references('floatingips.id'))
      .addColumn('internal_port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
      .addColumn('protocol', 'varchar(40)', (column) => column.notNull())
      .addColumn('internal_ip_address', 'varchar(64)', (column) => column.notNull())
      .addColumn('internal_port_start', 'integer', (column) => column.notNull())
      .addColumn('internal_port_end', 'integer', (column) => column.notNull())
      .addColumn('external_port_start', 'integer', (column) => column.notNull())
      .addColumn('external_port_end', 'integer', (column) => column.notNull())
      // Longer than that of other objects, as clients may say it.
      .addColumn('description', 'varchar(1024)', (column) => column.notNull())
      .addColumn('revision_number', 'bigint', (column) => column.notNull())
      .addColumn('created_at', time, (column) => column.notNull())
      .addColumn('updated_at', time, (column) => column.notNull())
      .addUniqueConstraint('uq_port_forwardings_external', ['floatingip_id', 'protocol', 'external_port_start', 'external_port_end'])
      .addUniqueConstraint('uq_port_forwardings_internal', ['internal_port_id', 'protocol', 'internal_ip_address', 'internal_port_start', 'internal_port_end'])
      .execute();
  },
};
