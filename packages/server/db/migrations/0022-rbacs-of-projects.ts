import type { Migration } from './migration.ts';

export const rbacsOfProjects: Migration = {
  revision: '0022-rbacs-of-projects',
  summary: 'quotas count the policies of a project on pools and address scopes',
  async up(tx) {
    for (const table of ['subnetpool_rbacs', 'addressscope_rbacs']) {
      await tx.schema.createIndex(`ix_${table}_project`).on(table).column('project_id').execute();
    }
  },
};
