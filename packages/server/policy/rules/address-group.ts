import type { RuleTable } from './rule-table.ts';
import { ADMIN_OR_OWNER, PROJECT_READER } from './rule-table.ts';

/** Who may see address groups. Changing them is up to the rule `default`: admins and the owner. */
export const addressGroupRules: RuleTable = {
  get_address_group: { check: `${PROJECT_READER} or rule:shared_address_groups`, deprecated: `${ADMIN_OR_OWNER} or rule:shared_address_groups` },
};
