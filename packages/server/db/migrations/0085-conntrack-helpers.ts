import { id } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const conntrackHelpers: Migration = {
  revision: '0085-conntrack-helpers',
  summary: 'connection tracking helpers of routers',
  async up(tx) {
    await tx.schema
      .createTable('conntrack_helpers')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('router_id', id, (column) => column.notNull().references('routers.id').onDelete('cascade'))
      .addColumn('protocol', 'varchar(40)', (column) => column.notNull())
      .addColumn('port', 'integer', (column) => column.notNull())
      .addColumn('helper', 'varchar(64)', (column) => column.notNull())
      .addUniqueConstraint('uq_conntrack_helpers', ['router_id', 'protocol', 'port', 'helper'])
      .execute();
  },
};
