import type { RuleTable } from './rule-table.ts';
import { ADMIN, ANYONE } from './rule-table.ts';

/** Who may do what to availability zones. */
export const availabilityZoneRules: RuleTable = {
  get_availability_zone: { check: ADMIN, deprecated: ANYONE },
};
