import { id, name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const securityGroupRbacs: Migration = {
  revision: '0020-security-group-rbacs',
  summary: 'who may use security groups of other projects',
  async up(tx) {
    await tx.schema
      .createTable('security_group_rbacs')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('object_id', id, (column) => column.notNull().references('security_groups.id').onDelete('cascade'))
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('action', 'varchar(32)', (column) => column.notNull())
      .addColumn('target_project', name, (column) => column.notNull())
      .addUniqueConstraint('uq_security_group_rbacs', ['object_id', 'action', 'target_project'])
      .execute();
    await tx.schema.createIndex('ix_security_group_rbacs_target').on('security_group_rbacs').columns(['action', 'target_project']).execute();
    await tx.schema.createIndex('ix_security_group_rbacs_project').on('security_group_rbacs').column('project_id').execute();
    // Quotas count by project.
    await tx.schema.createIndex('ix_network_rbacs_project').on('network_rbacs').column('project_id').execute();
  },
};
