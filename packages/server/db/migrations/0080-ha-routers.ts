import { id, name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const haRouters: Migration = {
  revision: '0080-ha-routers',
  summary: 'highly available routers: the network of each project by which they watch one another, and their state at each agent',
  async up(tx) {
    await tx.schema.alterTable('routers').addColumn('ha', 'smallint', (column) => column.notNull().defaultTo(0)).execute();

    await tx.schema
      .createTable('ha_networks')
      .addColumn('project_id', name, (column) => column.primaryKey())
      .addColumn('network_id', id, (column) => column.notNull().unique().references('networks.id').onDelete('cascade'))
      .execute();

    await tx.schema
      .createTable('ha_router_vr_ids')
      .addColumn('router_id', id, (column) => column.primaryKey().references('routers.id').onDelete('cascade'))
      .addColumn('network_id', id, (column) => column.notNull().references('networks.id').onDelete('cascade'))
      .addColumn('vr_id', 'integer', (column) => column.notNull())
      // Two routers of one number would take each other for the same.
      .addUniqueConstraint('uq_ha_router_vr_ids', ['network_id', 'vr_id'])
      .execute();

    await tx.schema
      .createTable('ha_router_ports')
      .addColumn('port_id', id, (column) => column.primaryKey().references('ports.id').onDelete('cascade'))
      .addColumn('router_id', id, (column) => column.notNull().references('routers.id').onDelete('cascade'))
      .addColumn('l3_agent_id', id, (column) => column.notNull().references('agents.id').onDelete('cascade'))
      .addColumn('state', 'varchar(16)', (column) => column.notNull())
      .addUniqueConstraint('uq_ha_router_ports_agent', ['router_id', 'l3_agent_id'])
      .execute();
    await tx.schema.createIndex('ix_ha_router_ports_agent').on('ha_router_ports').column('l3_agent_id').execute();
  },
};
