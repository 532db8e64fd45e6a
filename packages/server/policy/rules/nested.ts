import type { RuleTable } from './rule-table.ts';
import { PROJECT_MEMBER, PROJECT_READER } from './rule-table.ts';

const MEMBER = `${PROJECT_MEMBER} or rule:ext_parent_owner`;
const READER = `${PROJECT_READER} or rule:ext_parent_owner`;
const PARENT_OWNER = 'rule:admin_or_ext_parent_owner';

/** Who may do what to the parts of floating IPs and routers: whoever owns the whole. */
function nestedRules(resource: string): RuleTable {
  return {
    [`create_${resource}`]: { check: MEMBER, deprecated: PARENT_OWNER },
    [`get_${resource}`]: { check: READER, deprecated: PARENT_OWNER },
    [`update_${resource}`]: { check: MEMBER, deprecated: PARENT_OWNER },
    [`delete_${resource}`]: { check: MEMBER, deprecated: PARENT_OWNER },
  };
}

export const portForwardingRules: RuleTable = nestedRules('floatingip_port_forwarding');
export const conntrackHelperRules: RuleTable = nestedRules('router_conntrack_helper');
