import { id } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const routerServiceProfiles: Migration = {
  revision: '0095-router-service-profiles',
  summary: 'the service profile that a router was made with',
  async up(tx) {
    // No cascade: a profile stays as long as there are routers of it.
    await tx.schema.alterTable('routers').addColumn('service_type_id', id, (column) => column.references('service_profiles.id')).execute();
    await tx.schema.createIndex('ix_routers_service_type').on('routers').column('service_type_id').execute();
  },
};
