import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE, PROJECT_READER } from './rule-table.ts';

/** Who may do what to floating IPs. */
export const floatingipRules: RuleTable = {
  create_floatingip: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_floatingip:floating_ip_address': { check: ADMIN },
  get_floatingip: { check: ADMIN_OR_READER, deprecated: ADMIN_OR_OWNER },
  update_floatingip: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  delete_floatingip: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  get_floatingip_pool: { check: PROJECT_READER, deprecated: ANYONE },
};
