import { FlavorServiceProfileBindingExists, FlavorServiceProfileBindingNotFound, ServiceProfileDisabled, ServiceProfileDriverNotFound } from '@neutrino/lib/exceptions/flavor';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import { transact } from '../../db/transact.ts';
import type { Db, DbOrTx } from '../../db/types.ts';
import { flavorRow, profileRow, profileView, type ProfileRow } from './flavor-rows.ts';
import type { ServiceProvider } from './service-provider.ts';

/** Which profiles stand behind which flavors. */
export interface FlavorProfiles {
  list(flavorId: string): Promise<readonly JsonObject[]>;
  add(flavorId: string, profileId: string): Promise<void>;
  remove(flavorId: string, profileId: string): Promise<void>;
  /** The provider whose driver the flavor's first profile names. */
  nextProvider(flavorId: string): Promise<ServiceProvider>;
  /** The one whose driver the profile names. Throws ServiceProfileNotFound, ServiceProfileDisabled, or ServiceProfileDriverNotFound. */
  providerOf(profileId: string): Promise<ServiceProvider>;
}

export function createFlavorProfiles({ db, providers }: { readonly db: Db; readonly providers: readonly ServiceProvider[] }): FlavorProfiles {
  return {
    async list(flavorId) {
      await flavorRow(db, flavorId);
      return (await profilesOf(db, flavorId)).map(profileView);
    },

    add: (flavorId, profileId) =>
      transact(db, async (tx) => {
        await flavorRow(tx, flavorId);
        await profileRow(tx, profileId);
        const known = await tx
          .selectFrom('flavor_service_profile_bindings')
          .select('flavor_id')
          .where('flavor_id', '=', flavorId)
          .where('service_profile_id', '=', profileId)
          .executeTakeFirst();
        if (known !== undefined) throw new NeutronError(FlavorServiceProfileBindingExists, { sp_id: profileId, fl_id: flavorId });
        await tx.insertInto('flavor_service_profile_bindings').values({ flavor_id: flavorId, service_profile_id: profileId }).execute();
      }),

    async remove(flavorId, profileId) {
      const { numDeletedRows } = await transact(db, (tx) =>
        tx
          .deleteFrom('flavor_service_profile_bindings')
          .where('flavor_id', '=', flavorId)
          .where('service_profile_id', '=', profileId)
          .executeTakeFirstOrThrow(),
      );
      if (numDeletedRows === 0n) throw new NeutronError(FlavorServiceProfileBindingNotFound, { sp_id: profileId, fl_id: flavorId });
    },

    async nextProvider(flavorId) {
      await flavorRow(db, flavorId);
      const [first] = await profilesOf(db, flavorId);
      if (first === undefined) throw new NeutronError(FlavorServiceProfileBindingNotFound, { sp_id: '', fl_id: flavorId });
      return withDriverOf(first, providers);
    },

    providerOf: async (profileId) => withDriverOf(await profileRow(db, profileId), providers),
  };
}

function withDriverOf({ enabled, driver }: ProfileRow, providers: readonly ServiceProvider[]): ServiceProvider {
  if (enabled === 0) throw new NeutronError(ServiceProfileDisabled);
  const provider = providers.find((each) => each.driver === driver);
  if (provider === undefined) throw new NeutronError(ServiceProfileDriverNotFound, { driver });
  return provider;
}

async function profilesOf(db: DbOrTx, flavorId: string): Promise<readonly ProfileRow[]> {
  return db
    .selectFrom('service_profiles')
    .innerJoin('flavor_service_profile_bindings as binding', 'binding.service_profile_id', 'service_profiles.id')
    .selectAll('service_profiles')
    .where('binding.flavor_id', '=', flavorId)
    .orderBy('service_profiles.id')
    .execute();
}
