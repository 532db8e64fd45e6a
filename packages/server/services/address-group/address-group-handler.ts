import { AddressesAlreadyExist, AddressesNotFound, AddressGroupInUse } from '@neutrino/lib/exceptions/address-group';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import type { CallbackRegistry } from '../../callbacks/registry.ts';
import { adminContext, type RequestContext } from '../../context.ts';
import { recordChanges } from '../../change-log/record-changes.ts';
import { databaseTime } from '../../db/database-time.ts';
import { inList } from '../../db/id-list.ts';
import { inParts } from '../../db/in-parts.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import { rowsExist } from '../../db/rows-exist.ts';
import { transact } from '../../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../../db/types.ts';
import { checkRevision } from '../../plugins/ml2/standard-attributes.ts';
import { addressesOfGroups, addressGroupViews, visibleAddressGroup, visibleAddressGroups, type AddressGroupRow } from './address-group-rows.ts';
import { addressesInBody, prefixesOf } from './requested-addresses.ts';

const source: ListSource = {
  table: 'address_groups',
  columns: columnsNamed('id', 'name', 'description', 'project_id'),
};

/** What is to become of the addresses of a group. Within the transaction, under the lock of the group. */
type AddressChange = (tx: Tx, present: ReadonlySet<string>) => Promise<void>;

/** Address groups. What changes their addresses is told to agents as a change of the rules that name them. */
export function createAddressGroupHandler({ db, callbacks }: { readonly db: Db; readonly callbacks: CallbackRegistry }): ResourceHandler {
  const change = async (context: RequestContext, id: string, work: (tx: Tx, row: AddressGroupRow) => Promise<void>): Promise<JsonObject> => {
    const { original, current } = await transact(db, async (tx) => {
      const row = await visibleAddressGroup(tx, context, id);
      const before = await oneView(tx, row);
      await work(tx, row);
      return { original: before, current: await oneView(tx, await visibleAddressGroup(tx, context, id)) };
    });
    await callbacks.publish({ resource: 'address_group', operation: 'update', context, id, current, original });
    return current;
  };
  const changeAddresses = async (context: RequestContext, id: string, apply: AddressChange): Promise<JsonObject> => {
    const { shared: _shared, ...shown } = await change(context, id, async (tx) => {
      await setColumns(tx, id, {});
      await apply(tx, new Set((await addressesOfGroups(tx, [id])).get(id)));
      await recordChanges(tx, [{ kind: 'addresses', subject: id, object: '' }]);
    });
    return { address_group: shown };
  };
  return {
    async list(context, query) {
      return addressGroupViews(db, await listRows(visibleAddressGroups(db, context), query, source));
    },

    async get(context, id) {
      return oneView(db, await visibleAddressGroup(db, context, id));
    },

    async create(context, bodies, options) {
      const created = await transact(db, async (tx) => {
        const ids = await insertGroups(tx, context, bodies);
        const rows = new Map((await visibleAddressGroups(tx, adminContext()).where(inList('address_groups.id', ids)).execute()).map((row) => [row.id, row]));
        const views = await addressGroupViews(tx, ids.flatMap((id) => rows.get(id) ?? []));
        await options?.beforeCommit?.(tx);
        return views;
      }, rowsExist('address_groups'));
      for (const current of created) await callbacks.publish({ resource: 'address_group', operation: 'create', context, id: String(current['id']), current });
      return created;
    },

    update: (context, id, changes, options) =>
      change(context, id, async (tx, row) => {
        checkRevision(row, options?.revisionNumber);
        await setColumns(tx, id, changes);
      }),

    async delete(context, id, options) {
      const current = await transact(db, async (tx) => {
        const row = await visibleAddressGroup(tx, context, id);
        checkRevision(row, options?.revisionNumber);
        const rule = await tx.selectFrom('security_group_rules').select('id').where('remote_address_group_id', '=', id).limit(1).executeTakeFirst();
        if (rule !== undefined) throw new NeutronError(AddressGroupInUse, { address_group_id: id });
        const view = await oneView(tx, row);
        await tx.deleteFrom('address_groups').where('id', '=', id).execute();
        return view;
      });
      await callbacks.publish({ resource: 'address_group', operation: 'delete', context, id, current });
    },

    actions: {
      add_addresses(context, id, body) {
        const added = addressesInBody(body);
        return changeAddresses(context, id, async (tx, present) => {
          const known = added.filter((address) => present.has(address));
          if (known.length > 0) throw new NeutronError(AddressesAlreadyExist, { addresses: inPython(known), address_group_id: id });
          await insertAddresses(tx, added.map((address) => ({ address_group_id: id, address })));
        });
      },

      remove_addresses(context, id, body) {
        const removed = addressesInBody(body);
        return changeAddresses(context, id, async (tx, present) => {
          const unknown = removed.filter((address) => !present.has(address));
          if (unknown.length > 0) throw new NeutronError(AddressesNotFound, { addresses: inPython(unknown), address_group_id: id });
          await tx.deleteFrom('address_group_addresses').where('address_group_id', '=', id).where(inList('address', removed)).execute();
        });
      },
    },
  };
}

async function insertGroups(tx: Tx, context: RequestContext, bodies: readonly JsonObject[]): Promise<readonly string[]> {
  const now = databaseTime();
  const rows = bodies.map((body) => ({
    id: crypto.randomUUID(),
    project_id: String(body['project_id'] ?? context.projectId ?? ''),
    name: String(body['name'] ?? ''),
    description: String(body['description'] ?? ''),
    revision_number: 1,
    created_at: now,
    updated_at: now,
  }));
  for (const part of inParts(rows)) await tx.insertInto('address_groups').values(part).execute();
  const addresses = rows.flatMap(({ id }, index) => {
    const given = bodies[index]?.['addresses'];
    return prefixesOf(Array.isArray(given) ? given : []).map((address) => ({ address_group_id: id, address }));
  });
  await insertAddresses(tx, addresses);
  return rows.map(({ id }) => id);
}

async function insertAddresses(tx: Tx, rows: readonly { readonly address_group_id: string; readonly address: string }[]): Promise<void> {
  for (const part of inParts(rows)) await tx.insertInto('address_group_addresses').values(part).execute();
}

/** Counts the revision up, which is also the lock under which the addresses of a group change. */
async function setColumns(tx: Tx, id: string, { name, description }: JsonObject): Promise<void> {
  await tx
    .updateTable('address_groups')
    .set((eb) => ({
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      revision_number: eb('revision_number', '+', 1),
      updated_at: databaseTime(),
    }))
    .where('id', '=', id)
    .execute();
}

async function oneView(db: DbOrTx, row: AddressGroupRow): Promise<JsonObject> {
  const [view = {}] = await addressGroupViews(db, [row]);
  return view;
}

/** A list as the messages of the released API have it. */
function inPython(values: readonly string[]): string {
  return `[${values.map((value) => `'${value}'`).join(', ')}]`;
}
