import { FlavorNotFound, ServiceProfileNotFound } from '@neutrino/lib/exceptions/flavor';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { Selectable } from 'kysely';
import { inList, unlessEmpty } from '../../db/id-list.ts';
import type { FlavorsTable, ServiceProfilesTable } from '../../db/schema.ts';
import type { DbOrTx } from '../../db/types.ts';

export type FlavorRow = Selectable<FlavorsTable>;
export type ProfileRow = Selectable<ServiceProfilesTable>;

export async function flavorRow(db: DbOrTx, id: string): Promise<FlavorRow> {
  const row = await db.selectFrom('flavors').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NeutronError(FlavorNotFound, { flavor_id: id });
  return row;
}

export async function profileRow(db: DbOrTx, id: string): Promise<ProfileRow> {
  const row = await db.selectFrom('service_profiles').selectAll().where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new NeutronError(ServiceProfileNotFound, { sp_id: id });
  return row;
}

/** Flavors as the API shows them, with the ids of their profiles: one query. */
export async function flavorViews(db: DbOrTx, rows: readonly FlavorRow[]): Promise<readonly JsonObject[]> {
  const bindings = await unlessEmpty(rows.map(({ id }) => id), (ids) =>
    db.selectFrom('flavor_service_profile_bindings').selectAll().where(inList('flavor_id', ids)).orderBy('service_profile_id').execute(),
  );
  const profiles = Map.groupBy(bindings, ({ flavor_id }) => flavor_id);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    description: row.description,
    service_type: row.service_type,
    enabled: row.enabled === 1,
    service_profiles: (profiles.get(row.id) ?? []).map(({ service_profile_id }) => service_profile_id),
  }));
}

export function profileView(row: ProfileRow): JsonObject {
  return { id: row.id, description: row.description, driver: row.driver, enabled: row.enabled === 1, metainfo: row.metainfo };
}
