import { AddressGroupNotFound } from '@neutrino/lib/exceptions/address-group';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable, SelectQueryBuilder } from 'kysely';
import type { RequestContext } from '../../context.ts';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { AddressGroupsTable, Database } from '../../db/schema.ts';
import type { DbOrTx } from '../../db/types.ts';
import { isShared, sharedColumn } from '../rbac/shared-objects.ts';

/** `shared`: whether everybody, or the one who asks, may use it by a policy. */
export type AddressGroupRow = Selectable<AddressGroupsTable> & { readonly shared: 0 | 1 };

/** The groups that the context may see: its project's own and those that are shared with it; an admin sees all. */
export function visibleAddressGroups(db: DbOrTx, context: RequestContext): SelectQueryBuilder<Database, 'address_groups', AddressGroupRow> {
  const groups = db.selectFrom('address_groups').selectAll('address_groups').select(sharedColumn('address_group_rbacs', 'address_groups.id', context).as('shared'));
  if (context.isAdmin) return groups;
  return groups.where((eb) => eb.or([eb('address_groups.project_id', '=', context.projectId ?? ''), isShared('address_group_rbacs', 'address_groups.id', context.projectId)]));
}

/** Throws AddressGroupNotFound where there is none, or the context may not see it. */
export async function visibleAddressGroup(db: DbOrTx, context: RequestContext, id: string): Promise<AddressGroupRow> {
  const row = await visibleAddressGroups(db, context).where('address_groups.id', '=', id).executeTakeFirst();
  if (row === undefined) throw notFound(id);
  return row;
}

/** Throws AddressGroupNotFound for the first of them that the context may not see. */
export async function requireAddressGroups(db: DbOrTx, context: RequestContext, ids: readonly string[]): Promise<void> {
  const known = await unlessEmpty(ids, (some) => visibleAddressGroups(db, context).where(inList('address_groups.id', some)).execute());
  const missing = ids.find((id) => !known.some((group) => group.id === id));
  if (missing !== undefined) throw notFound(missing);
}

/** Groups as the API shows them, with their addresses: one query, however many groups. */
export async function addressGroupViews(db: DbOrTx, rows: readonly AddressGroupRow[]): Promise<readonly JsonObject[]> {
  const addresses = await addressesOfGroups(db, rows.map(({ id }) => id));
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    project_id: row.project_id,
    tenant_id: row.project_id,
    addresses: addresses.get(row.id) ?? [],
    shared: row.shared === 1,
  }));
}

/** Group → its addresses, as prefixes, in the order of their text. */
export async function addressesOfGroups(db: DbOrTx, ids: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await unlessEmpty(ids, (some) => db.selectFrom('address_group_addresses').selectAll().where(inList('address_group_id', some)).orderBy('address').execute());
  return new Map([...Map.groupBy(rows, ({ address_group_id }) => address_group_id)].map(([id, own]) => [id, own.map(({ address }) => address)]));
}

function notFound(id: string): NeutronError {
  return new NeutronError(AddressGroupNotFound, { address_group_id: id });
}
