import { ServiceProfileDriverNotFound, ServiceProfileEmpty, ServiceProfileInUse } from '@neutrino/lib/exceptions/flavor';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import { transact } from '../../db/transact.ts';
import type { Db, Tx } from '../../db/types.ts';
import { profileRow, profileView, type ProfileRow } from './flavor-rows.ts';
import type { ServiceProvider } from './service-provider.ts';

const source: ListSource = {
  table: 'service_profiles',
  columns: { ...columnsNamed('id', 'driver', 'metainfo', 'enabled'), description: { column: 'description', nullable: true } },
};

/** What stands behind a flavor: the driver of one of the providers, or what a driver is told. A profile behind a flavor or a router stays as it is. */
export function createProfileHandler({ db, providers }: { readonly db: Db; readonly providers: readonly ServiceProvider[] }): ResourceHandler {
  const checkDriver = (driver: unknown): void => {
    if (typeof driver !== 'string' || driver === '' || providers.some((provider) => provider.driver === driver)) return;
    throw new NeutronError(ServiceProfileDriverNotFound, { driver });
  };
  return {
    list: async (_context, query) => (await listRows(db.selectFrom('service_profiles').selectAll('service_profiles'), query, source)).map(profileView),

    get: async (_context, id) => profileView(await profileRow(db, id)),

    async create(_context, bodies, options) {
      const rows = bodies.map(newProfile);
      for (const { driver, metainfo } of rows) {
        checkDriver(driver);
        if (driver === '' && metainfo === '') throw new NeutronError(ServiceProfileEmpty);
      }
      await transact(db, async (tx) => {
        await tx.insertInto('service_profiles').values(rows).execute();
        await options?.beforeCommit?.(tx);
      });
      return rows.map(profileView);
    },

    async update(_context, id, changes) {
      const { description, driver, metainfo, enabled } = changes;
      checkDriver(driver);
      return transact(db, async (tx) => {
        await refuseInUse(tx, id);
        await profileRow(tx, id);
        const columns = {
          ...((typeof description === 'string' || description === null) && { description }),
          ...(typeof driver === 'string' && { driver }),
          ...(typeof metainfo === 'string' && { metainfo }),
          ...(typeof enabled === 'boolean' && { enabled: enabled ? (1 as const) : (0 as const) }),
        };
        if (Object.keys(columns).length > 0) await tx.updateTable('service_profiles').set(columns).where('id', '=', id).execute();
        return profileView(await profileRow(tx, id));
      });
    },

    delete: (_context, id) =>
      transact(db, async (tx) => {
        await refuseInUse(tx, id);
        await profileRow(tx, id);
        await tx.deleteFrom('service_profiles').where('id', '=', id).execute();
      }),
  };
}

function newProfile({ description, driver, metainfo, enabled }: JsonObject): ProfileRow {
  return {
    id: crypto.randomUUID(),
    description: typeof description === 'string' ? description : null,
    driver: typeof driver === 'string' ? driver : '',
    metainfo: typeof metainfo === 'string' ? metainfo : '',
    enabled: enabled === false ? 0 : 1,
  };
}

async function refuseInUse(tx: Tx, id: string): Promise<void> {
  const used = await tx.selectFrom('flavor_service_profile_bindings').select('flavor_id').where('service_profile_id', '=', id).limit(1).executeTakeFirst();
  const router = await tx.selectFrom('routers').select('id').where('service_type_id', '=', id).limit(1).executeTakeFirst();
  if (used !== undefined || router !== undefined) throw new NeutronError(ServiceProfileInUse, { sp_id: id });
}
