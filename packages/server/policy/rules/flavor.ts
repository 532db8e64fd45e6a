import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Who may do what to flavors and the service profiles behind them, and who sees the providers of services. */
export const flavorRules: RuleTable = {
  create_flavor: { check: ADMIN },
  get_flavor: { check: ADMIN_OR_READER, deprecated: ANYONE },
  update_flavor: { check: ADMIN },
  delete_flavor: { check: ADMIN },
  create_service_profile: { check: ADMIN },
  get_service_profile: { check: ADMIN },
  update_service_profile: { check: ADMIN },
  delete_service_profile: { check: ADMIN },
  create_flavor_service_profile: { check: ADMIN },
  get_flavor_service_profile: { check: ADMIN_OR_READER, deprecated: ANYONE },
  delete_flavor_service_profile: { check: ADMIN },
  get_service_provider: { check: 'role:reader', deprecated: ANYONE },
};
