import type { RuleTable } from './rule-table.ts';
import { ADMIN_OR_OWNER, PROJECT_MEMBER, PROJECT_READER } from './rule-table.ts';

/** Who may have a network made that leads outside. */
export const autoAllocateRules: RuleTable = {
  get_auto_allocated_topology: { check: PROJECT_READER, deprecated: ADMIN_OR_OWNER },
  delete_auto_allocated_topology: { check: PROJECT_MEMBER, deprecated: ADMIN_OR_OWNER },
};
