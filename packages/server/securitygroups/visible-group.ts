import { NeutronError } from '@neutrino/lib/exceptions/neutron-error';
import { SecurityGroupNotFound } from '@neutrino/lib/exceptions/security-group';
import type { SelectQueryBuilder } from 'kysely';
import type { RequestContext } from '../context.ts';
import { inList, unlessEmpty } from '../db/id-list.ts';
import { lockedIf } from '../db/lock-row.ts';
import type { Database } from '../db/schema.ts';
import type { DbOrTx } from '../db/types.ts';
import { isShared, sharedColumn } from '../services/rbac/shared-objects.ts';
import type { GroupRow } from './group-rows.ts';

/** The groups that the context may see: its project's own and those that are shared with it; an admin sees all. */
export function visibleGroups(db: DbOrTx, context: RequestContext): SelectQueryBuilder<Database, 'security_groups', GroupRow> {
  const groups = db.selectFrom('security_groups').selectAll('security_groups').select(sharedColumn('security_group_rbacs', 'security_groups.id', context).as('shared'));
  if (context.isAdmin) return groups;
  return groups.where((eb) => eb.or([eb('security_groups.project_id', '=', context.projectId ?? ''), isShared('security_group_rbacs', 'security_groups.id', context.projectId)]));
}

/** Throws SecurityGroupNotFound where there is none, or the context may not see it. */
export async function visibleGroup(db: DbOrTx, context: RequestContext, id: string, { lock = false } = {}): Promise<GroupRow> {
  const row = await lockedIf(lock, visibleGroups(db, context).where('security_groups.id', '=', id)).executeTakeFirst();
  if (row === undefined) throw new NeutronError(SecurityGroupNotFound, { id });
  return row;
}

/** Throws SecurityGroupNotFound for the first of them that the context may not see. */
export async function requireVisible(db: DbOrTx, context: RequestContext, ids: readonly string[]): Promise<void> {
  const known = await unlessEmpty(ids, (some) => visibleGroups(db, context).where(inList('security_groups.id', some)).execute());
  const missing = ids.find((id) => !known.some((group) => group.id === id));
  if (missing !== undefined) throw new NeutronError(SecurityGroupNotFound, { id: missing });
}
