import type { Tx } from '../types.ts';
import { emptyText, name } from './0001-initial/columns.ts';
import type { Migration } from './migration.ts';

/** Attributes that extension drivers keep in the rows of networks, subnets and ports. */
export const extensionAttributes: Migration = {
  revision: '0030-extension-attributes',
  summary: 'VLAN transparency, DNS names, device profiles, NUMA affinity, data plane and uplink status',
  async up(tx) {
    await addText(tx, 'networks', 'dns_domain');
    await addFlag(tx, 'networks', 'vlan_transparent', 0);
    await addFlag(tx, 'subnets', 'dns_publish_fixed_ip', 0);
    await addText(tx, 'ports', 'dns_name');
    await addText(tx, 'ports', 'dns_domain');
    await tx.schema.alterTable('ports').addColumn('device_profile', name).execute();
    await tx.schema.alterTable('ports').addColumn('numa_affinity_policy', 'varchar(16)').execute();
    await tx.schema.alterTable('ports').addColumn('data_plane_status', 'varchar(16)').execute();
    await addFlag(tx, 'ports', 'propagate_uplink_status', 1);
  },
};

async function addText(tx: Tx, table: string, column: string): Promise<void> {
  await tx.schema.alterTable(table).addColumn(column, name, (definition) => definition.notNull().defaultTo(emptyText())).execute();
}

async function addFlag(tx: Tx, table: string, column: string, otherwise: 0 | 1): Promise<void> {
  await tx.schema.alterTable(table).addColumn(column, 'smallint', (definition) => definition.notNull().defaultTo(otherwise)).execute();
}
