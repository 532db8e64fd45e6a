import type { Tx } from '../../types.ts';
import { id, name, standardAttributes } from './columns.ts';

export async function createNetworkTables(tx: Tx): Promise<void> {
  await standardAttributes(tx.schema.createTable('networks'))
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('name', name, (column) => column.notNull())
    .addColumn('admin_state_up', 'smallint', (column) => column.notNull())
    .addColumn('status', 'varchar(16)', (column) => column.notNull())
    .addColumn('mtu', 'integer', (column) => column.notNull())
    .addColumn('port_security_enabled', 'smallint', (column) => column.notNull())
    .addColumn('availability_zone_hints', 'text', (column) => column.notNull())
    .addColumn('is_default', 'smallint', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('ix_networks_project').on('networks').column('project_id').execute();

  await tx.schema
    .createTable('network_rbacs')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('object_id', id, (column) => column.notNull().references('networks.id').onDelete('cascade'))
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('action', 'varchar(32)', (column) => column.notNull())
    .addColumn('target_project', name, (column) => column.notNull())
    .addUniqueConstraint('uq_network_rbacs', ['object_id', 'action', 'target_project'])
    .execute();
  await tx.schema.createIndex('ix_network_rbacs_target').on('network_rbacs').columns(['action', 'target_project']).execute();

  await tx.schema
    .createTable('network_segments')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('network_id', id, (column) => column.notNull().references('networks.id').onDelete('cascade'))
    .addColumn('network_type', 'varchar(32)', (column) => column.notNull())
    .addColumn('physical_network', 'varchar(64)')
    .addColumn('segmentation_id', 'integer')
    .addColumn('segment_index', 'integer', (column) => column.notNull())
    .addColumn('claim', 'varchar(128)')
    .addUniqueConstraint('uq_network_segments_claim', ['claim'])
    .execute();
  await tx.schema.createIndex('ix_network_segments_network').on('network_segments').column('network_id').execute();
  await tx.schema
    .createIndex('ix_network_segments_wire')
    .on('network_segments')
    .columns(['network_type', 'physical_network', 'segmentation_id'])
    .execute();
}
