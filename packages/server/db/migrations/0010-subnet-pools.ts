import { id, name, standardAttributes } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const subnetPools: Migration = {
  revision: '0010-subnet-pools',
  summary: 'subnet pools, address scopes, who may use them, and which pool a subnet was taken from',
  async up(tx) {
    await tx.schema
      .createTable('address_scopes')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('ip_version', 'smallint', (column) => column.notNull())
      .addColumn('changes', 'bigint', (column) => column.notNull())
      .execute();
    await tx.schema.createIndex('ix_address_scopes_project').on('address_scopes').column('project_id').execute();

    await standardAttributes(tx.schema.createTable('subnetpools'))
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('ip_version', 'smallint', (column) => column.notNull())
      .addColumn('default_prefixlen', 'integer', (column) => column.notNull())
      .addColumn('min_prefixlen', 'integer', (column) => column.notNull())
      .addColumn('max_prefixlen', 'integer', (column) => column.notNull())
      .addColumn('default_quota', 'integer')
      .addColumn('is_default', 'smallint', (column) => column.notNull())
      .addColumn('default_claim', 'smallint')
      .addColumn('address_scope_id', id, (column) => column.references('address_scopes.id'))
      .addColumn('allocations', 'bigint', (column) => column.notNull())
      .addUniqueConstraint('uq_subnetpools_default_claim', ['default_claim'])
      .execute();
    await tx.schema.createIndex('ix_subnetpools_project').on('subnetpools').column('project_id').execute();
    await tx.schema.createIndex('ix_subnetpools_scope').on('subnetpools').column('address_scope_id').execute();

    await tx.schema
      .createTable('subnetpool_prefixes')
      .addColumn('subnetpool_id', id, (column) => column.notNull().references('subnetpools.id').onDelete('cascade'))
      .addColumn('cidr', 'varchar(64)', (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_subnetpool_prefixes', ['subnetpool_id', 'cidr'])
      .execute();

    for (const [table, objects] of [['subnetpool_rbacs', 'subnetpools'], ['addressscope_rbacs', 'address_scopes']] as const) {
      await tx.schema
        .createTable(table)
        .addColumn('id', id, (column) => column.primaryKey())
        .addColumn('object_id', id, (column) => column.notNull().references(`${objects}.id`).onDelete('cascade'))
        .addColumn('project_id', name, (column) => column.notNull())
        .addColumn('action', 'varchar(32)', (column) => column.notNull())
        .addColumn('target_project', name, (column) => column.notNull())
        .addUniqueConstraint(`uq_${table}`, ['object_id', 'action', 'target_project'])
        .execute();
      await tx.schema.createIndex(`ix_${table}_target`).on(table).columns(['action', 'target_project']).execute();
    }

    // No foreign key: subnets whose prefix a router is to be given by others name the pool "prefix_delegation".
    await tx.schema.alterTable('subnets').addColumn('subnetpool_id', id).execute();
    await tx.schema.createIndex('ix_subnets_pool').on('subnets').column('subnetpool_id').execute();
  },
};
