import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER } from './rule-table.ts';

/** Who may do what to subnets. */
export const subnetRules: RuleTable = {
  // Whoever may use a shared network must not be able to give everybody on it another subnet.
  create_subnet: { check: `${ADMIN} or role:member and rule:network_owner`, deprecated: 'rule:admin_or_network_owner' },
  'create_subnet:segment_id': { check: ADMIN },
  'create_subnet:service_types': { check: ADMIN },
  get_subnet: { check: `${ADMIN_OR_READER} or rule:shared`, deprecated: `${ADMIN_OR_OWNER} or rule:shared` },
  'get_subnet:segment_id': { check: ADMIN },
  update_subnet: { check: `${ADMIN_OR_MEMBER} or rule:network_owner`, deprecated: 'rule:admin_or_network_owner' },
  'update_subnet:segment_id': { check: ADMIN },
  'update_subnet:service_types': { check: ADMIN },
  delete_subnet: { check: `${ADMIN_OR_MEMBER} or rule:network_owner`, deprecated: 'rule:admin_or_network_owner' },
};
