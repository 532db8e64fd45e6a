import type { Tx } from '../../types.ts';
import { id, name, standardAttributes } from './columns.ts';

export async function createSubnetTables(tx: Tx): Promise<void> {
  await standardAttributes(tx.schema.createTable('subnets'))
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('project_id', name, (column) => column.notNull())
    .addColumn('network_id', id, (column) => column.notNull().references('networks.id'))
    .addColumn('name', name, (column) => column.notNull())
    .addColumn('ip_version', 'smallint', (column) => column.notNull())
    .addColumn('cidr', 'varchar(64)', (column) => column.notNull())
    .addColumn('gateway_ip', 'varchar(64)')
    .addColumn('enable_dhcp', 'smallint', (column) => column.notNull())
    .addColumn('ipv6_ra_mode', 'varchar(32)')
    .addColumn('ipv6_address_mode', 'varchar(32)')
    .addColumn('dns_nameservers', 'text', (column) => column.notNull())
    .addColumn('host_routes', 'text', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('ix_subnets_network').on('subnets').column('network_id').execute();
  await tx.schema.createIndex('ix_subnets_project').on('subnets').column('project_id').execute();

  await tx.schema
    .createTable('allocation_pools')
    .addColumn('id', id, (column) => column.primaryKey())
    .addColumn('subnet_id', id, (column) => column.notNull().references('subnets.id').onDelete('cascade'))
    .addColumn('first_ip', 'varchar(64)', (column) => column.notNull())
    .addColumn('last_ip', 'varchar(64)', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .execute();
  await tx.schema.createIndex('ix_allocation_pools_subnet').on('allocation_pools').column('subnet_id').execute();
}
