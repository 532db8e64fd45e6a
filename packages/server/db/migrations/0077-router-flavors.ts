import { id } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const routerFlavors: Migration = {
  revision: '0077-router-flavors',
  summary: 'the flavor that a router was made of',
  async up(tx) {
    // No cascade: a flavor stays as long as there are routers of it.
    await tx.schema.alterTable('routers').addColumn('flavor_id', id, (column) => column.references('flavors.id')).execute();
    await tx.schema.createIndex('ix_routers_flavor').on('routers').column('flavor_id').execute();
  },
};
