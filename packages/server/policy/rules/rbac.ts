import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Only admins share with everybody. */
const ADMIN_OR_ONE_TARGET = `${ADMIN} or (not field:rbac_policy:target_tenant=* and not field:rbac_policy:target_project=*)`;

/** Who may share what with whom. */
export const rbacRules: RuleTable = {
  create_rbac_policy: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_rbac_policy:target_tenant': { check: ADMIN_OR_ONE_TARGET, deprecated: 'rule:restrict_wildcard' },
  get_rbac_policy: { check: ADMIN_OR_READER, deprecated: ADMIN_OR_OWNER },
  update_rbac_policy: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_rbac_policy:target_tenant': { check: ADMIN_OR_ONE_TARGET, deprecated: `rule:restrict_wildcard and ${ADMIN_OR_OWNER}` },
  delete_rbac_policy: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
};
