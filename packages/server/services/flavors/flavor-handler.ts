import { FlavorInUse, FlavorNotFound, InvalidServiceType } from '@neutrino/lib/exceptions/flavor';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import { transact } from '../../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../../db/types.ts';
import { flavorRow, flavorViews, profileRow, type FlavorRow } from './flavor-rows.ts';

const source: ListSource = {
  table: 'flavors',
  columns: { ...columnsNamed('id', 'name', 'service_type', 'enabled'), description: { column: 'description', nullable: true } },
};

/** Kinds of a service that users choose from. `serviceTypes`: the services that there are. */
export function createFlavorHandler({ db, serviceTypes }: { readonly db: Db; readonly serviceTypes: ReadonlySet<string> }): ResourceHandler {
  return {
    list: async (_context, query) => flavorViews(db, await listRows(db.selectFrom('flavors').selectAll('flavors'), query, source)),

    get: async (_context, id) => oneView(db, await flavorRow(db, id)),

    create: (_context, bodies, options) =>
      transact(db, async (tx) => {
        const rows: FlavorRow[] = [];
        for (const body of bodies) {
          const row = newFlavor(body);
          if (!serviceTypes.has(row.service_type)) throw new NeutronError(InvalidServiceType, { service_type: row.service_type });
          await tx.insertInto('flavors').values(row).execute();
          await bindProfiles(tx, row.id, body);
          rows.push(row);
        }
        await options?.beforeCommit?.(tx);
        return flavorViews(tx, rows);
      }),

    update: (_context, id, changes) =>
      transact(db, async (tx) => {
        await flavorRow(tx, id);
        const { name, description, enabled } = changes;
        const columns = {
          ...(typeof name === 'string' && { name }),
          ...((typeof description === 'string' || description === null) && { description }),
          ...(typeof enabled === 'boolean' && { enabled: enabled ? (1 as const) : (0 as const) }),
        };
        if (Object.keys(columns).length > 0) await tx.updateTable('flavors').set(columns).where('id', '=', id).execute();
        if (changes['service_profiles'] !== undefined) {
          await tx.deleteFrom('flavor_service_profile_bindings').where('flavor_id', '=', id).execute();
          await bindProfiles(tx, id, changes);
        }
        return oneView(tx, await flavorRow(tx, id));
      }),

    delete: (_context, id) =>
      transact(db, async (tx) => {
        await flavorRow(tx, id);
        const used = await tx.selectFrom('routers').select('id').where('flavor_id', '=', id).limit(1).executeTakeFirst();
        if (used !== undefined) throw new NeutronError(FlavorInUse, { flavor_id: id });
        await tx.deleteFrom('flavors').where('id', '=', id).execute();
      }),
  };
}

function newFlavor({ name, description, service_type, enabled }: JsonObject): FlavorRow {
  return {
    id: crypto.randomUUID(),
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : null,
    service_type: String(service_type),
    enabled: enabled === false ? 0 : 1,
  };
}

async function bindProfiles(tx: Tx, flavorId: string, body: JsonObject): Promise<void> {
  const asked = body['service_profiles'];
  for (const id of Array.isArray(asked) ? asked.map(String) : []) {
    await profileRow(tx, id);
    await tx.insertInto('flavor_service_profile_bindings').values({ flavor_id: flavorId, service_profile_id: id }).execute();
  }
}

async function oneView(db: DbOrTx, row: FlavorRow): Promise<JsonObject> {
  const [view] = await flavorViews(db, [row]);
  if (view === undefined) throw new NeutronError(FlavorNotFound, { flavor_id: row.id });
  return view;
}
