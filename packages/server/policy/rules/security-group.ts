import type { RuleTable } from './rule-table.ts';
import { ADMIN_OR_OWNER, ANYONE, PROJECT_MEMBER, PROJECT_READER } from './rule-table.ts';

/** Who may do what to security groups and their rules. */
export const securityGroupRules: RuleTable = {
  create_security_group: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
  get_security_group: { check: PROJECT_READER, deprecated: ANYONE },
  update_security_group: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
  delete_security_group: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
  create_security_group_rule: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
  get_security_group_rule: { check: `${PROJECT_READER} or rule:sg_owner`, deprecated: 'rule:admin_owner_or_sg_owner' },
  delete_security_group_rule: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
};
