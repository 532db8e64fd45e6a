import { AddressScopeInUse, AddressScopeNotFound, AddressScopeUpdateError } from '@neutrino/lib/exceptions/address-scope';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../../api/resource-handler.ts';
import type { RequestContext } from '../../../context.ts';
import { columnsNamed, listRows, type ListSource } from '../../../db/list-query.ts';
import { transact } from '../../../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../../../db/types.ts';
import { isSharedWithAll, sharedAmong, sharedFilter, shareWithAll } from '../../../services/rbac/shared-objects.ts';
import { booleanOf, optionalNumber, textOf } from '../request-values.ts';
import { visibleAddressScopes } from '../visibility.ts';
import { lockedScope, visibleScope, type ScopeRow } from './read-scope.ts';

/** Address scopes: pools in one have no prefix in common, so that what is addressed from them can be routed without translation. */
export function createAddressScopeHandler(db: Db): ResourceHandler {
  return {
    async list(context, query) {
      const visible = db.selectFrom('address_scopes').selectAll('address_scopes').where(visibleAddressScopes(context));
      return scopeViews(db, await listRows(visible, query, scopeSource(context)), context);
    },

    get: async (context, id) => scopeView(db, await visibleScope(db, context, id), context),

    create: (context, bodies, options) =>
      transact(db, async (tx) => {
        const rows: ScopeRow[] = [];
        for (const body of bodies) rows.push(await insertScope(tx, context, body));
        await options?.beforeCommit?.(tx);
        return scopeViews(tx, rows, context);
      }),

    update: (context, id, changes) =>
      transact(db, async (tx) => {
        const row = await lockedScope(tx, context, id);
        const isShared = await isSharedWithAll(tx, 'addressscope_rbacs', id);
        if (isShared && changes['shared'] === false) {
          throw new NeutronError(AddressScopeUpdateError, { address_scope_id: id, reason: "Shared address scope can't be unshared" });
        }
        if (!isShared && changes['shared'] === true) await shareWithAll(tx, 'addressscope_rbacs', row);
        const name = textOf(changes, 'name', row.name);
        if (name !== row.name) await tx.updateTable('address_scopes').set({ name }).where('id', '=', id).execute();
        return scopeView(tx, { ...row, name }, context);
      }),

    delete: (context, id) =>
      transact(db, async (tx) => {
        await lockedScope(tx, context, id);
        const used = await tx.selectFrom('subnetpools').select('id').where('address_scope_id', '=', id).limit(1).executeTakeFirst();
        if (used !== undefined) throw new NeutronError(AddressScopeInUse, { address_scope_id: id });
        await tx.deleteFrom('address_scopes').where('id', '=', id).execute();
      }),
  };
}

function scopeSource(context: RequestContext): ListSource {
  return {
    table: 'address_scopes',
    columns: { ...columnsNamed('id', 'name', 'project_id', 'ip_version'), tenant_id: 'project_id' },
    filters: { shared: sharedFilter('addressscope_rbacs', 'address_scopes.id', context) },
  };
}

async function insertScope(tx: Tx, context: RequestContext, body: JsonObject): Promise<ScopeRow> {
  const row: ScopeRow = {
    id: crypto.randomUUID(),
    project_id: textOf(body, 'project_id', context.projectId ?? ''),
    name: textOf(body, 'name', ''),
    ip_version: optionalNumber(body, 'ip_version') === 6 ? 6 : 4,
    changes: 0,
  };
  await tx.insertInto('address_scopes').values(row).execute();
  if (booleanOf(body, 'shared', false)) await shareWithAll(tx, 'addressscope_rbacs', row);
  return row;
}

async function scopeViews(db: DbOrTx, rows: readonly ScopeRow[], context: RequestContext): Promise<readonly JsonObject[]> {
  const shared = await sharedAmong(db, 'addressscope_rbacs', rows.map(({ id }) => id), context.projectId);
  return rows.map(({ id, project_id, name, ip_version }) => ({ id, name, project_id, tenant_id: project_id, ip_version, shared: shared.has(id) }));
}

async function scopeView(db: DbOrTx, row: ScopeRow, context: RequestContext): Promise<JsonObject> {
  const [view] = await scopeViews(db, [row], context);
  if (view === undefined) throw new NeutronError(AddressScopeNotFound, { address_scope_id: row.id });
  return view;
}
