import { id, name, time } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

/** What has changed of all that agents have in their hosts, in an order that every reader sees. */
export const agentChanges: Migration = {
  revision: '0060-agent-changes',
  summary: 'the log of changes by which agents that were away catch up',
  async up(tx) {
    // As the writing transaction leaves them: without a number, whose order nobody knows before the commit.
    await tx.schema
      .createTable('agent_change_outbox')
      .addColumn('id', id, (column) => column.primaryKey())
      .addColumn('changes', 'text', (column) => column.notNull())
      .execute();

    await tx.schema
      .createTable('agent_changes')
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'varchar(16)', (column) => column.notNull())
      .addColumn('subject', name, (column) => column.notNull())
      .addColumn('object_id', id, (column) => column.notNull())
      .addColumn('recorded_at', time, (column) => column.notNull())
      .addPrimaryKeyConstraint('pk_agent_changes', ['revision', 'kind', 'subject', 'object_id'])
      .execute();
    await tx.schema.createIndex('ix_agent_changes_subject').on('agent_changes').columns(['kind', 'subject', 'revision']).execute();

    await tx.schema
      .createTable('agent_change_counter')
      .addColumn('id', 'smallint', (column) => column.primaryKey())
      .addColumn('revision', 'bigint', (column) => column.notNull())
      .addColumn('forgotten', 'bigint', (column) => column.notNull())
      .execute();
    // An upgrade that was interrupted may have made the row.
    await tx.deleteFrom('agent_change_counter').execute();
    await tx.insertInto('agent_change_counter').values({ id: 1, revision: 0, forgotten: 0 }).execute();
  },
};
