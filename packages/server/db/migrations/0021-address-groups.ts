import { id, name, standardAttributes } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const addressGroups: Migration = {
  revision: '0021-address-groups',
  summary: 'address groups, who may use them, and rules of security groups that name them',
  async up(tx) {
    await standardAttributes(tx.schema.createTable('address_groups'))
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('name', name, (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('ix_address_groups_project').on('address_groups').column('project_id').execute();

    await tx.schema
      .createTable('address_group_addresses')
      .addColumn('address_group_id', id, (column) => column.notNull().references('address_groups.id').onDelete('cascade'))
      .addColumn('address', 'varchar(64)', (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_address_group_addresses', ['address_group_id', 'address'])
      .execute();

    await tx.schema
      .createTable('address_group_rbacs')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('object_id', id, (column) => column.notNull().references('address_groups.id').onDelete('cascade'))
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('action', 'varchar(32)', (column) => column.notNull())
      .addColumn('target_project', name, (column) => column.notNull())
      .addUniqueConstraint('uq_address_group_rbacs', ['object_id', 'action', 'target_project'])
      .execute();
    await tx.schema.createIndex('ix_address_group_rbacs_target').on('address_group_rbacs').columns(['action', 'target_project']).execute();
    await tx.schema.createIndex('ix_address_group_rbacs_project').on('address_group_rbacs').column('project_id').execute();

    // No cascade: a group that a rule names is not deleted.
    await tx.schema
      .alterTable('security_group_rules')
      .addColumn('remote_address_group_id', id, (column) => column.references('address_groups.id'))
      .execute();
    await tx.schema.createIndex('ix_security_group_rules_addresses').on('security_group_rules').column('remote_address_group_id').execute();
  },
};
