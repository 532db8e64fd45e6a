import type { RuleTable } from './rule-table.ts';
import { ADMIN } from './rule-table.ts';

/** Who may do what to quotas. */
export const quotaRules: RuleTable = {
  get_quota: { check: ADMIN },
  update_quota: { check: ADMIN },
  delete_quota: { check: ADMIN },
};
