import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Who may do what to address scopes. */
export const addressScopeRules: RuleTable = {
  create_address_scope: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_address_scope:shared': { check: ADMIN },
  get_address_scope: { check: `${ADMIN_OR_READER} or rule:shared_address_scopes`, deprecated: `${ADMIN_OR_OWNER} or rule:shared_address_scopes` },
  update_address_scope: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_address_scope:shared': { check: ADMIN },
  delete_address_scope: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
};
