import { sql, type SelectQueryBuilder } from 'kysely';
import type { Database, RbacPolicyRow } from '../../db/schema.ts';
import type { DbOrTx } from '../../db/types.ts';
import { rbacObjectTypes } from './object-types.ts';

type WithPolicies = Database & { readonly rbac_policies: RbacPolicyRow };

/** The policies of all tables as one, `rbac_policies`. */
export function selectPolicies(db: DbOrTx): SelectQueryBuilder<WithPolicies, 'rbac_policies', RbacPolicyRow> {
  const parts = rbacObjectTypes.map(({ name, policies }) =>
    db.selectFrom(policies).select(['id', 'object_id', 'project_id', 'action', 'target_project']).select(sql<string>`${sql.lit(name)}`.as('object_type')),
  );
  const [first, ...others] = parts;
  if (first === undefined) throw new Error('nothing can be shared');
  const all = others.reduce((union, part) => union.unionAll(part), first);
  return db.with('rbac_policies', () => all).selectFrom('rbac_policies').selectAll('rbac_policies');
}
