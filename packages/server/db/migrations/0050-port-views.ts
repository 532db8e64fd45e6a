import type { Migration } from './migration.ts';

/** A port's row keeps the port as the API shows it, so that lists read one text an object. */
export const portViews: Migration = {
  revision: '0050-port-views',
  summary: 'ports as the API shows them, ready in their rows',
  async up(tx) {
    await tx.schema.alterTable('ports').addColumn('view', 'text').execute();
    await tx.schema.alterTable('ports').addColumn('view_revision', 'bigint').execute();
    await tx.schema.alterTable('ports').addColumn('view_format', 'varchar(16)').execute();
  },
};
