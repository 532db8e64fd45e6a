import type { Tx } from '../../types.ts';
import { id, name, time } from './columns.ts';

export async function createAgentTables(tx: Tx): Promise<void> {
  await tx.schema
    .createTable('agents')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('agent_type', name, (column) => column.notNull())
    .addColumn('binary', name, (column) => column.notNull())
    .addColumn('topic', name, (column) => column.notNull())
    .addColumn('host', name, (column) => column.notNull())
    .addColumn('availability_zone', name)
    .addColumn('admin_state_up', 'smallint', (column) => column.notNull())
    .addColumn('description', name, (column) => column.notNull())
    .addColumn('created_at', time, (column) => column.notNull())
    .addColumn('started_at', time, (column) => column.notNull())
    .addColumn('heartbeat_timestamp', time, (column) => column.notNull())
    .addColumn('configurations', 'text', (column) => column.notNull())
    .addColumn('resource_versions', 'text', (column) => column.notNull())
    .addColumn('load', 'integer', (column) => column.notNull())
    .addUniqueConstraint('uq_agents_type_host', ['agent_type', 'host'])
    .execute();
  await tx.schema.createIndex('ix_agents_host').on('agents').column('host').execute();

  await tx.schema
    .createTable('network_dhcp_agent_bindings')
    .addColumn('network_id', id, (column) => column.notNull().references('networks.id').onDelete('cascade'))
    .addColumn('dhcp_agent_id', id, (column) => column.notNull().references('agents.id').onDelete('cascade'))
    .addPrimaryKeyConstraint('pk_network_dhcp_agent_bindings', ['network_id', 'dhcp_agent_id'])
    .execute();
  await tx.schema
    .createIndex('ix_network_dhcp_agent_bindings_agent')
    .on('network_dhcp_agent_bindings')
    .column('dhcp_agent_id')
    .execute();

  await tx.schema
    .createTable('quotas')
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('resource', name, (column) => column.notNull())
    .addColumn('quota_limit', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('pk_quotas', ['project_id', 'resource'])
    .execute();

  await tx.schema
    .createTable('tags')
    .addColumn('resource_id', id, (column) => column.notNull())
    .addColumn('collection', 'varchar(64)', (column) => column.notNull())
    .addColumn('tag', name, (column) => column.notNull())
    .addPrimaryKeyConstraint('pk_tags', ['resource_id', 'tag'])
    .execute();
  await tx.schema.createIndex('ix_tags_tag').on('tags').columns(['collection', 'tag']).execute();
}
