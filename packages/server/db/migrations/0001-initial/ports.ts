import type { Tx } from '../../types.ts';
import { emptyText, id, name, standardAttributes } from './columns.ts';

export async function createPortTables(tx: Tx): Promise<void> {
  await standardAttributes(tx.schema.createTable('ports'))
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('project_id', name, (column) => column.notNull())
    // No cascade: a network with ports is not deleted, however late the port came.
    .addColumn('network_id', id, (column) => column.notNull().references('networks.id'))
    .addColumn('name', name, (column) => column.notNull())
    .addColumn('mac_address', 'varchar(32)', (column) => column.notNull())
    .addColumn('admin_state_up', 'smallint', (column) => column.notNull())
    .addColumn('status', 'varchar(16)', (column) => column.notNull())
    .addColumn('device_id', name, (column) => column.notNull().defaultTo(emptyText()))
    .addColumn('device_owner', name, (column) => column.notNull().defaultTo(emptyText()))
    .addColumn('port_security_enabled', 'smallint', (column) => column.notNull())
    .addUniqueConstraint('uq_ports_mac', ['network_id', 'mac_address'])
    .execute();
  await tx.schema.createIndex('ix_ports_project').on('ports').column('project_id').execute();
  await tx.schema.createIndex('ix_ports_device').on('ports').column('device_id').execute();
  await tx.schema.createIndex('ix_ports_network_owner').on('ports').columns(['network_id', 'device_owner']).execute();
  await tx.schema.createIndex('ix_ports_mac').on('ports').column('mac_address').execute();
  await createAddressTables(tx);
  await createBindingTables(tx);
}

async function createAddressTables(tx: Tx): Promise<void> {
  await tx.schema
    .createTable('ip_allocations')
    .addColumn('port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    // No cascade: a subnet is deleted only when its last address was given back in the same transaction.
    .addColumn('subnet_id', id, (column) => column.notNull().references('subnets.id'))
    .addColumn('network_id', id, (column) => column.notNull())
    .addColumn('ip_address', 'varchar(64)', (column) => column.notNull())
    .addColumn('ip_key', 'varchar(32)', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('pk_ip_allocations', ['subnet_id', 'ip_key'])
    .execute();
  await tx.schema.createIndex('ix_ip_allocations_port').on('ip_allocations').column('port_id').execute();
  await tx.schema.createIndex('ix_ip_allocations_address').on('ip_allocations').columns(['ip_address', 'network_id']).execute();

  await tx.schema
    .createTable('allowed_address_pairs')
    .addColumn('port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('mac_address', 'varchar(32)', (column) => column.notNull())
    .addColumn('ip_address', 'varchar(64)', (column) => column.notNull())
    .addPrimaryKeyConstraint('pk_allowed_address_pairs', ['port_id', 'mac_address', 'ip_address'])
    .execute();

  await tx.schema
    .createTable('extra_dhcp_opts')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('opt_name', 'varchar(64)', (column) => column.notNull())
    .addColumn('opt_value', name, (column) => column.notNull())
    .addColumn('ip_version', 'smallint', (column) => column.notNull())
    .addUniqueConstraint('uq_extra_dhcp_opts', ['port_id', 'opt_name', 'ip_version'])
    .execute();
}

async function createBindingTables(tx: Tx): Promise<void> {
  await tx.schema
    .createTable('port_bindings')
    .addColumn('port_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('host', name, (column) => column.notNull())
    .addColumn('vif_type', 'varchar(64)', (column) => column.notNull())
    .addColumn('vif_details', 'text', (column) => column.notNull())
    .addColumn('vnic_type', 'varchar(64)', (column) => column.notNull())
    .addColumn('profile', 'text', (column) => column.notNull())
    .addColumn('status', 'varchar(16)', (column) => column.notNull())
    .addColumn('segment_id', id, (column) => column.references('network_segments.id').onDelete('set null'))
    .addPrimaryKeyConstraint('pk_port_bindings', ['port_id', 'host'])
    .execute();
  await tx.schema.createIndex('ix_port_bindings_host').on('port_bindings').column('host').execute();
  await tx.schema.createIndex('ix_port_bindings_segment').on('port_bindings').column('segment_id').execute();

  await tx.schema
    .createTable('provisioning_blocks')
    .addColumn('resource_id', id, (column) => column.notNull().references('ports.id').onDelete('cascade'))
    .addColumn('entity', 'varchar(32)', (column) => column.notNull())
    .addPrimaryKeyConstraint('pk_provisioning_blocks', ['resource_id', 'entity'])
    .execute();
}
