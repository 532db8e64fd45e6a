import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../../../db/id-list.ts';
import type { AllowedAddressPairsTable, ExtraDhcpOptsTable, PortsTable } from '../../../db/schema.ts';
import { tagsOf } from '../../../db/tag-filter.ts';
import type { DbOrTx } from '../../../db/types.ts';
import type { FixedIp } from '../../../ipam/changed-addresses.ts';
import { attributesOfRow } from '../attribute-columns.ts';
import { extensionAttributes, withDerived } from '../extension-attributes.ts';
import type { Ml2 } from '../ml2.ts';
import { standardAttributesView } from '../standard-attributes.ts';
import type { BindingRow } from './port-binding.ts';

/** A port's own row, without the ready-made view in it. */
export type PortRow = Omit<Selectable<PortsTable>, 'view' | 'view_revision' | 'view_format'>;

export const portColumns = [
  'ports.id', 'ports.project_id', 'ports.network_id', 'ports.name', 'ports.mac_address', 'ports.admin_state_up', 'ports.status', 'ports.device_id',
  'ports.device_owner', 'ports.port_security_enabled', 'ports.description', 'ports.revision_number', 'ports.created_at', 'ports.updated_at',
  'ports.device_profile', 'ports.numa_affinity_policy', 'ports.data_plane_status', 'ports.propagate_uplink_status', 'ports.dns_name', 'ports.dns_domain',
] as const;

/** What other tables hold of a port. */
export interface PortParts {
  readonly addresses: readonly FixedIp[];
  readonly pairs: readonly Pick<Selectable<AllowedAddressPairsTable>, 'mac_address' | 'ip_address'>[];
  readonly options: readonly Pick<Selectable<ExtraDhcpOptsTable>, 'opt_name' | 'opt_value' | 'ip_version'>[];
  readonly groups: readonly string[];
  readonly binding: BindingRow | undefined;
  readonly tags: readonly string[];
  /** What the extension drivers add. */
  readonly extensions: JsonObject;
}

/** A port as the API shows it to an administrator. */
export function composePort(ml2: Ml2, row: PortRow, { addresses, pairs, options, groups, binding, tags, extensions }: PortParts): JsonObject {
  return withDerived(ml2, 'ports', {
    id: row.id,
    name: row.name,
    project_id: row.project_id,
    tenant_id: row.project_id,
    network_id: row.network_id,
    mac_address: row.mac_address,
    admin_state_up: row.admin_state_up === 1,
    status: row.status,
    device_id: row.device_id,
    device_owner: row.device_owner,
    fixed_ips: addresses.map(({ subnet_id, ip_address }) => ({ subnet_id, ip_address })),
    allowed_address_pairs: pairs.map(({ mac_address, ip_address }) => ({ mac_address, ip_address })).toSorted((a, b) => order(a.mac_address, b.mac_address) || order(a.ip_address, b.ip_address)),
    extra_dhcp_opts: options.map(({ opt_name, opt_value, ip_version }) => ({ opt_name, opt_value, ip_version })).toSorted((a, b) => order(a.opt_name, b.opt_name) || a.ip_version - b.ip_version),
    security_groups: groups.toSorted(order),
    ...bindingAttributes(binding),
    tags,
    ...standardAttributesView(row),
    ...attributesOfRow(ml2, 'ports', row),
    ...extensions,
  });
}

/** Engines sort texts by languages of their own; the same port is to look the same everywhere. */
function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Ports put together from their tables, in the order of the rows, in a fixed number of queries. */
export async function composedPorts(ml2: Ml2, db: DbOrTx, rows: readonly PortRow[]): Promise<readonly JsonObject[]> {
  const ids = rows.map(({ id }) => id);
  const addresses = await addressesOf(db, ids);
  const pairs = await addressPairsOf(db, ids);
  const options = await dhcpOptionsOf(db, ids);
  const bindings = await bindingsOf(db, ids);
  const groups = ids.length === 0 ? undefined : await ml2.portSecurityGroups.groupsOfPorts(db, ids);
  const tags = await tagsOf(db, 'ports', ids);
  const extensions = await extensionAttributes(ml2, db, 'ports', ids);
  return rows.map((row) =>
    composePort(ml2, row, {
      addresses: addresses.get(row.id) ?? [],
      pairs: pairs.get(row.id) ?? [],
      options: options.get(row.id) ?? [],
      groups: groups?.get(row.id) ?? [],
      binding: bindings.get(row.id),
      tags: tags.get(row.id) ?? [],
      extensions: extensions.get(row.id) ?? {},
    }),
  );
}

/** port id → its addresses, in order. */
export async function addressesOf(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, readonly FixedIp[]>> {
  const rows = await unlessEmpty(portIds, (part) =>
    db.selectFrom('ip_allocations').select(['port_id', 'subnet_id', 'ip_address']).where(inList('port_id', part)).orderBy('position').execute(),
  );
  return Map.groupBy(rows, ({ port_id }) => port_id);
}

async function addressPairsOf(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, readonly Selectable<AllowedAddressPairsTable>[]>> {
  const rows = await unlessEmpty(portIds, (part) => db.selectFrom('allowed_address_pairs').selectAll().where(inList('port_id', part)).execute());
  return Map.groupBy(rows, ({ port_id }) => port_id);
}

async function dhcpOptionsOf(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, readonly Selectable<ExtraDhcpOptsTable>[]>> {
  const rows = await unlessEmpty(portIds, (part) => db.selectFrom('extra_dhcp_opts').selectAll().where(inList('port_id', part)).orderBy('opt_name').execute());
  return Map.groupBy(rows, ({ port_id }) => port_id);
}

async function bindingsOf(db: DbOrTx, portIds: readonly string[]): Promise<ReadonlyMap<string, BindingRow>> {
  const rows = await unlessEmpty(portIds, (part) =>
    db.selectFrom('port_bindings').selectAll().where(inList('port_id', part)).where('status', '=', 'ACTIVE').execute(),
  );
  return new Map(rows.map((row) => [row.port_id, row]));
}

function bindingAttributes(binding: BindingRow | undefined): JsonObject {
  return {
    'binding:host_id': binding?.host ?? '',
    'binding:vnic_type': binding?.vnic_type ?? 'normal',
    'binding:vif_type': binding?.vif_type ?? 'unbound',
    'binding:vif_details': JSON.parse(binding?.vif_details ?? '{}') as JsonObject,
    'binding:profile': JSON.parse(binding?.profile ?? '{}') as JsonObject,
  };
}
