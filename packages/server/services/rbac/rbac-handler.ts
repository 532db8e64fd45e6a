import { InvalidInput } from '@neutrino/lib/exceptions/generic';
import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { DuplicateRbacPolicy, InvalidActionForType, RbacPolicyInUse, RbacPolicyNotFound } from '@neutrino/lib/exceptions/rbac';
import type { JsonObject } from '@neutrino/lib/json';
import type { ResourceHandler } from '../../api/resource-handler.ts';
import { adminContext, type RequestContext } from '../../context.ts';
import { inList } from '../../db/id-list.ts';
import { columnsNamed, listRows, type ListSource } from '../../db/list-query.ts';
import type { RbacPolicyRow } from '../../db/schema.ts';
import { transact, type IsThere } from '../../db/transact.ts';
import type { Db, DbOrTx, Tx } from '../../db/types.ts';
import { selectPolicies } from './all-policies.ts';
import { refuseEnd } from './ending-grant.ts';
import { objectTypeNamed } from './object-types.ts';
import type { RbacAction, RbacObjectType } from './rbac-object-type.ts';
import { ownersOfShareable } from './shareable-objects.ts';

const source: ListSource = {
  table: 'rbac_policies',
  columns: { ...columnsNamed('id', 'object_type', 'object_id', 'project_id', 'action'), target_tenant: 'target_project' },
};

/** Who lets whom use what. A policy belongs to the project that made it, and only that one sees it. */
export function createRbacHandler({ db }: { readonly db: Db }): ResourceHandler {
  return {
    async list(context, query) {
      let visible = selectPolicies(db);
      if (!context.isAdmin) visible = visible.where('rbac_policies.project_id', '=', context.projectId ?? '');
      return (await listRows(visible, query, source)).map(policyView);
    },

    async get(context, id) {
      return policyView(await visiblePolicy(db, context, id));
    },

    create: (context, bodies, options) =>
      transact(db, async (tx) => {
        const wanted = bodies.map((body) => newPolicy(context, body));
        for (const [type, rows] of Map.groupBy(wanted, ({ object_type }) => existingType(object_type))) await insertPolicies(tx, context, type, rows);
        await options?.beforeCommit?.(tx);
        return wanted.map(policyView);
      }, policiesExist),

    update: (context, id, changes) =>
      transact(db, async (tx) => {
        const row = await visiblePolicy(tx, context, id);
        const target = changes['target_tenant'];
        if (typeof target !== 'string' || target === row.target_project) return policyView(row);
        const type = existingType(row.object_type);
        await type.changed?.(tx, [row.object_id]);
        await endGrant(tx, context, type, row, target);
        await type.refuseTargets?.(tx, [{ ...row, target_project: target }]);
        await refuseDuplicates(tx, type, [{ ...row, target_project: target }]);
        await tx.updateTable(type.policies).set({ target_project: target }).where('id', '=', id).execute();
        return policyView({ ...row, target_project: target });
      }),

    delete: (context, id) =>
      transact(db, async (tx) => {
        const row = await visiblePolicy(tx, context, id);
        const type = existingType(row.object_type);
        await type.changed?.(tx, [row.object_id]);
        await endGrant(tx, context, type, row);
        await tx.deleteFrom(type.policies).where('id', '=', id).execute();
      }),
  };
}

const policiesExist: IsThere<readonly JsonObject[]> = async (db, made) => {
  const found = await selectPolicies(db).where(inList('rbac_policies.id', made.map(({ id }) => String(id)))).execute();
  return found.length === made.length;
};

function policyView(row: RbacPolicyRow): JsonObject {
  const { id, object_type, object_id, project_id, action, target_project } = row;
  return { id, object_type, object_id, project_id, tenant_id: project_id, action, target_tenant: target_project };
}

async function visiblePolicy(db: DbOrTx, context: RequestContext, id: string): Promise<RbacPolicyRow> {
  const row = await selectPolicies(db).where('rbac_policies.id', '=', id).executeTakeFirst();
  if (row === undefined || (!context.isAdmin && row.project_id !== context.projectId)) throw new NeutronError(RbacPolicyNotFound, { id, object_type: 'unknown' });
  return row;
}

function newPolicy(context: RequestContext, body: JsonObject): RbacPolicyRow {
  return {
    id: crypto.randomUUID(),
    object_type: typeof body['object_type'] === 'string' ? body['object_type'] : 'None',
    object_id: String(body['object_id']),
    project_id: String(body['project_id'] ?? context.projectId ?? ''),
    action: String(body['action']),
    target_project: String(body['target_tenant']),
  };
}

function existingType(name: string): RbacObjectType {
  const type = objectTypeNamed(name);
  if (type === undefined) throw invalid(`'${name}' is not a valid RBAC object type`);
  return type;
}

async function insertPolicies(tx: Tx, context: RequestContext, type: RbacObjectType, rows: readonly RbacPolicyRow[]): Promise<void> {
  const objectIds = [...new Set(rows.map(({ object_id }) => object_id))];
  // Which also is the lock that keeps the objects there and as they are.
  await type.changed?.(tx, objectIds);
  const owners = await ownersOfShareable(tx, context, type, objectIds);
  for (const { object_id } of rows) {
    const owner = owners.get(object_id);
    if (owner === undefined) throw invalid(`${type.name} ${object_id} could not be found`);
    if (!context.isAdmin && owner !== context.projectId) throw invalid(onlyAdmins(type));
  }
  for (const { action } of rows) checkedAction(type, action);
  await type.refuseTargets?.(tx, rows);
  await refuseDuplicates(tx, type, rows);
  await tx.insertInto(type.policies).values(rows.map(({ object_type: _type, ...columns }) => columns)).execute();
}

function onlyAdmins({ inWords }: RbacObjectType): string {
  return `Only admins can manipulate policies on ${inWords} they do not own`;
}

function checkedAction(type: RbacObjectType, action: string): RbacAction {
  const known = type.actions.find((each) => each === action);
  if (known !== undefined) return known;
  const valid = `(${type.actions.map((each) => `'${each}'`).join(', ')}${type.actions.length === 1 ? ',' : ''})`;
  throw new NeutronError(InvalidActionForType, { action, object_type: type.name, valid_actions: valid });
}

/** The unique key has the last word: who loses a race there is repeated, and sees the winner here. */
async function refuseDuplicates(tx: Tx, type: RbacObjectType, wanted: readonly RbacPolicyRow[]): Promise<void> {
  const key = ({ object_id, action, target_project }: Omit<RbacPolicyRow, 'object_type'>): string => JSON.stringify([object_id, action, target_project]);
  const known = await tx.selectFrom(type.policies).selectAll().where(inList('object_id', [...new Set(wanted.map(({ object_id }) => object_id))])).execute();
  const taken = new Set(known.map(key));
  for (const row of wanted) {
    if (taken.has(key(row))) throw new NeutronError(DuplicateRbacPolicy);
    taken.add(key(row));
  }
}

async function endGrant(tx: Tx, context: RequestContext, type: RbacObjectType, row: RbacPolicyRow, successor?: string): Promise<void> {
  const owner = (await ownersOfShareable(tx, adminContext(), type, [row.object_id])).get(row.object_id) ?? '';
  if (successor !== undefined && !context.isAdmin && owner !== context.projectId) {
    throw new NeutronError(RbacPolicyInUse, { object_id: row.object_id, details: onlyAdmins(type) });
  }
  const grant = { objectId: row.object_id, owner, action: checkedAction(type, row.action), target: row.target_project };
  await refuseEnd(tx, type, successor === undefined ? grant : { ...grant, successor });
}

function invalid(message: string): NeutronError {
  return new NeutronError(InvalidInput, { error_message: message });
}
