import { id, name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const flavors: Migration = {
  revision: '0012-flavors',
  summary: 'flavors of services, and the profiles behind them',
  async up(tx) {
    await tx.schema
      .createTable('flavors')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('name', name, (column) => column.notNull())
      .addColumn('description', 'varchar(1024)')
      .addColumn('service_type', 'varchar(36)', (column) => column.notNull())
      .addColumn('enabled', 'smallint', (column) => column.notNull())
      .execute();
    await tx.schema
      .createTable('service_profiles')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('description', 'varchar(1024)')
      .addColumn('driver', 'varchar(1024)', (column) => column.notNull())
      .addColumn('enabled', 'smallint', (column) => column.notNull())
      .addColumn('metainfo', 'varchar(4096)', (column) => column.notNull())
      .execute();
    await tx.schema
      .createTable('flavor_service_profile_bindings')
      .addColumn('flavor_id', id, (column) => column.notNull().references('flavors.id').onDelete('cascade'))
      .addColumn('service_profile_id', id, (column) => column.notNull().references('service_profiles.id'))
      .addPrimaryKeyConstraint('pk_flavor_service_profile_bindings', ['flavor_id', 'service_profile_id'])
      .execute();
    await tx.schema.createIndex('ix_flavor_service_profile_bindings_profile').on('flavor_service_profile_bindings').column('service_profile_id').execute();
  },
};
