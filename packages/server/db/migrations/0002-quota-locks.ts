import { name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

export const quotaLocks: Migration = {
  revision: '0002-quota-locks',
  summary: 'rows under which a project\'s usage is counted',
  async up(tx) {
    await tx.schema
      .createTable('quota_locks')
      .addColumn('project_id', name, (column) => column.notNull())
      .addColumn('resource', 'varchar(64)', (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_quota_locks', ['project_id', 'resource'])
      .execute();
  },
};
