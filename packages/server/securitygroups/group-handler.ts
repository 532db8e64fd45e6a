import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SecurityGroupCannotRemoveDefault, SecurityGroupCannotUpdateDefault, SecurityGroupDefaultAlreadyExists, SecurityGroupInUse, SecurityGroupNotFound } from '@neutrino/lib/exceptions/security-group';
import type { JsonObject } from '@neutrino/lib/json';
import type { ListQuery, ResourceHandler } from '../api/resource-handler.ts';
import type { CallbackRegistry } from '../callbacks/registry.ts';
import { adminContext, type RequestContext } from '../context.ts';
import { recordChanges } from '../change-log/record-changes.ts';
import { databaseTime } from '../db/database-time.ts';
import { inList } from '../db/id-list.ts';
import { columnsNamed, listRows, type ListSource } from '../db/list-query.ts';
import { rowsExist } from '../db/rows-exist.ts';
import { transact } from '../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../db/types.ts';
import { checkRevision } from '../plugins/ml2/standard-attributes.ts';
import { sharedFilter } from '../services/rbac/shared-objects.ts';
import { defaultGroupName, defaultGroupOf, ensureDefaultGroup, insertGroups } from './default-group.ts';
import { groupViews, ownAttributes, ruleView, type GroupRow } from './group-rows.ts';
import { visibleGroup, visibleGroups } from './visible-group.ts';

function source(context: RequestContext): ListSource {
  return {
    table: 'security_groups',
    tagCollection: 'security_groups',
    columns: columnsNamed('id', 'name', 'project_id', 'description', 'stateful', 'revision_number', 'created_at', 'updated_at'),
    filters: { shared: sharedFilter('security_group_rbacs', 'security_groups.id', context) },
  };
}

/** Security groups. What rules a group begins with, and its default group, belong to `default-group.ts`. */
export function createGroupHandler({ db, callbacks }: { readonly db: Db; readonly callbacks: CallbackRegistry }): ResourceHandler {
  return {
    async list(context, query) {
      await ensureDefault(db, listedProject(context, query));
      const rows = await listRows(visibleGroups(db, context), query, source(context));
      return groupViews(db, rows, { withRules: query.fields === undefined || query.fields.includes('security_group_rules') });
    },

    async get(context, id) {
      return oneView(db, await visibleGroup(db, context, id));
    },

    async create(context, bodies, options) {
      const created = await transact(db, async (tx) => {
        const groups = bodies.map((body) => newGroup(context, body));
        for (const projectId of new Set(groups.map((group) => group.projectId))) await ensureDefaultGroup(tx, projectId);
        const ids = await insertGroups(tx, groups);
        const rows = new Map((await visibleGroups(tx, adminContext()).where(inList('security_groups.id', ids)).execute()).map((row) => [row.id, row]));
        const views = await groupViews(tx, ids.flatMap((id) => rows.get(id) ?? []));
        await options?.beforeCommit?.(tx);
        return views;
      }, rowsExist('security_groups'));
      for (const current of created) {
        await callbacks.publish({ resource: 'security_group', operation: 'create', context, id: String(current['id']), current });
      }
      return created;
    },

    async update(context, id, changes, options) {
      const { original, current } = await transact(db, async (tx) => {
        const row = await visibleGroup(tx, context, id, { lock: true });
        checkRevision(row, options?.revisionNumber);
        await updateGroup(tx, row, changes);
        if (typeof changes['stateful'] === 'boolean') await recordChanges(tx, [{ kind: 'rules', subject: id, object: '' }]);
        const before = await oneView(tx, row);
        return { original: before, current: { ...before, ...ownAttributes(await visibleGroup(tx, context, id)) } };
      });
      await callbacks.publish({ resource: 'security_group', operation: 'update', context, id, current, original });
      return current;
    },

    async delete(context, id, options) {
      const { group, referring } = await transact(db, async (tx) => {
        const row = await visibleGroup(tx, context, id, { lock: true });
        checkRevision(row, options?.revisionNumber);
        await refuseInUse(tx, id);
        if (!context.isAdmin && (await defaultGroupOf(tx, row.project_id)) === id) throw new NeutronError(SecurityGroupCannotRemoveDefault);
        const view = await oneView(tx, row);
        // Rules of other groups that admit this group's members go with it, and agents must hear of that.
        const rules = await tx.selectFrom('security_group_rules').selectAll().where('remote_group_id', '=', id).where('security_group_id', '!=', id).execute();
        await recordChanges(tx, rules.map(({ security_group_id: subject }) => ({ kind: 'rules', subject, object: '' })));
        await tx.deleteFrom('tags').where('resource_id', '=', id).where('collection', '=', 'security_groups').execute();
        await tx.deleteFrom('security_groups').where('id', '=', id).execute();
        return { group: view, referring: rules.map(ruleView) };
      });
      await callbacks.publish({ resource: 'security_group', operation: 'delete', context, id, current: group });
      for (const rule of referring) {
        await callbacks.publish({ resource: 'security_group_rule', operation: 'delete', context, id: String(rule['id']), current: rule });
      }
    },
  };
}

/** Makes the project's default group where missing; a read where it is there. Objects of the server itself have no project. */
export async function ensureDefault(db: Db, projectId: string | undefined): Promise<void> {
  if (projectId === undefined || projectId === '' || (await defaultGroupOf(db, projectId)) !== undefined) return;
  await ensureDefaultGroup(db, projectId);
}

/** Whose default group a list makes sure of: an admin may look at another project's. */
export function listedProject(context: RequestContext, query: ListQuery): string | undefined {
  const [asked] = query.filters['project_id'] ?? [];
  return context.isAdmin && context.projectId !== undefined && typeof asked === 'string' ? asked : context.projectId;
}

function newGroup(context: RequestContext, body: JsonObject): Parameters<typeof insertGroups>[1][number] {
  const { project_id, name, description, stateful } = body;
  if (isDefaultName(name)) throw new NeutronError(SecurityGroupDefaultAlreadyExists);
  return {
    projectId: typeof project_id === 'string' ? project_id : (context.projectId ?? ''),
    name: typeof name === 'string' ? name : '',
    description: typeof description === 'string' ? description : '',
    stateful: stateful !== false,
  };
}

async function updateGroup(tx: Tx, row: GroupRow, changes: JsonObject): Promise<void> {
  const { name, description, stateful } = changes;
  if (isDefaultName(name)) throw new NeutronError(SecurityGroupDefaultAlreadyExists);
  // Tracked and untracked connections cannot change places under a running port.
  if (typeof stateful === 'boolean' && stateful !== (row.stateful === 1)) await refuseInUse(tx, row.id);
  if (typeof name === 'string' && row.name === defaultGroupName) throw new NeutronError(SecurityGroupCannotUpdateDefault);
  await tx
    .updateTable('security_groups')
    .set((eb) => ({
      ...(typeof name === 'string' ? { name } : {}),
      ...(typeof description === 'string' ? { description } : {}),
      ...(typeof stateful === 'boolean' ? { stateful: stateful ? (1 as const) : (0 as const) } : {}),
      revision_number: eb('revision_number', '+', 1),
      updated_at: databaseTime(),
    }))
    .where('id', '=', row.id)
    .execute();
}

function isDefaultName(name: unknown): boolean {
  return typeof name === 'string' && name.toLowerCase() === defaultGroupName;
}

async function refuseInUse(tx: Tx, id: string): Promise<void> {
  const used = await tx.selectFrom('security_group_port_bindings').select('port_id').where('security_group_id', '=', id).executeTakeFirst();
  if (used !== undefined) throw new NeutronError(SecurityGroupInUse, { id, reason: 'in use' });
}

async function oneView(db: DbOrTx, row: GroupRow): Promise<JsonObject> {
  const [view] = await groupViews(db, [row]);
  if (view === undefined) throw new NeutronError(SecurityGroupNotFound, { id: row.id });
  return view;
}
