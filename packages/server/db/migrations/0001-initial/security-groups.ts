import type { Tx } from '../../types.ts';
import { id, name, standardAttributes } from './columns.ts';

export async function createSecurityGroupTables(tx: Tx): Promise<void> {
  await standardAttributes(tx.schema.createTable('security_groups'))
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('name', name, (column) => column.notNull())
    .addColumn('stateful', 'smallint', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('ix_security_groups_project').on('security_groups').column('project_id').execute();

  await tx.schema
    .createTable('default_security_groups')
    .addColumn('project_id', name, (column) => column.primaryKey())
    .addColumn('security_group_id', id, (column) => column.notNull().references('security_groups.id').onDelete('cascade'))
    .execute();

  await standardAttributes(tx.schema.createTable('security_group_rules'))
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('security_group_id', id, (column) => column.notNull().references('security_groups.id').onDelete('cascade'))
    .addColumn('remote_group_id', id, (column) => column.references('security_groups.id').onDelete('cascade'))
    .addColumn('direction', 'varchar(16)', (column) => column.notNull())
    .addColumn('ethertype', 'varchar(16)', (column) => column.notNull())
    .addColumn('protocol', 'varchar(40)')
    .addColumn('port_range_min', 'integer')
    .addColumn('port_range_max', 'integer')
    .addColumn('remote_ip_prefix', 'varchar(64)')
    .execute();
  await tx.schema.createIndex('ix_security_group_rules_group').on('security_group_rules').column('security_group_id').execute();
  await tx.schema.createIndex('ix_security_group_rules_remote').on('security_group_rules').column('remote_group_id').execute();
  await tx.schema.createIndex('ix_security_group_rules_project').on('security_group_rules').column('project_id').execute();

  await tx.schema
    .createTable('security_group_port_bindings')
    .addColumn('port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    // No cascade: a group in use is not deleted.
    .addColumn('security_group_id', id, (column) => column.notNull().references('security_groups.id'))
    .addPrimaryKeyConstraint('pk_security_group_port_bindings', ['port_id', 'security_group_id'])
    .execute();
  await tx.schema
    .createIndex('ix_security_group_port_bindings_group')
    .on('security_group_port_bindings')
    .column('security_group_id')
    .execute();
}
