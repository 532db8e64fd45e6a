import { id, name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const autoAllocatedTopologies: Migration = {
  revision: '0076-auto-allocated-topologies',
  summary: 'which network outside is the default, and the networks that were made to lead there',
  async up(tx) {
    await tx.schema.alterTable('networks').addColumn('default_claim', 'smallint').execute();
    await tx.schema.createIndex('uq_networks_default_claim').on('networks').column('default_claim').unique().execute();

    await tx.schema
      .createTable('auto_allocated_topologies')
      .addColumn('project_id', name, (column) => column.primaryKey())
      .addColumn('network_id', id, (column) => column.notNull().references('networks.id').onDelete('cascade'))
      .addColumn('router_id', id, (column) => column.references('routers.id').onDelete('set null'))
      .execute();
    await tx.schema.createIndex('ix_auto_allocated_topologies_network').on('auto_allocated_topologies').column('network_id').execute();
    await tx.schema.createIndex('ix_auto_allocated_topologies_router').on('auto_allocated_topologies').column('router_id').execute();
  },
};
