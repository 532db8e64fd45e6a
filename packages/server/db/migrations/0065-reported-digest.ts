import type { Migration } from './migration.ts';

/** What an agent said last, in short: a heartbeat in which nothing is new is then one conditional UPDATE. */
export const reportedDigest: Migration = {
  revision: '0065-reported-digest',
  summary: 'what agents reported last, as a digest',
  async up(tx) {
    await tx.schema
      .alterTable('agents')
      .addColumn('reported_digest', 'varchar(64)', (column) => column.notNull().defaultTo(''))
      .execute();
  },
};
