import type { Migration } from './migration.ts';

export const subnetServiceTypes: Migration = {
  revision: '0011-subnet-service-types',
  summary: 'which ports a subnet is for',
  async up(tx) {
    await tx.schema.alterTable('subnets').addColumn('service_types', 'text').execute();
  },
};
