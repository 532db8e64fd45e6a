import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Who may do what to subnet pools. */
export const subnetpoolRules: RuleTable = {
  create_subnetpool: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_subnetpool:shared': { check: ADMIN },
  'create_subnetpool:is_default': { check: ADMIN },
  get_subnetpool: { check: `${ADMIN_OR_READER} or rule:shared_subnetpools`, deprecated: `${ADMIN_OR_OWNER} or rule:shared_subnetpools` },
  update_subnetpool: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_subnetpool:is_default': { check: ADMIN },
  delete_subnetpool: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  onboard_network_subnets: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  add_prefixes: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  remove_prefixes: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
};
