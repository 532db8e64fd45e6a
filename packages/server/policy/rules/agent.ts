import type { RuleTable } from './rule-table.ts';
import { ADMIN } from './rule-table.ts';

/** Who may do what to agents and what is scheduled to them. */
export const agentRules: RuleTable = {
  get_agent: { check: ADMIN },
  update_agent: { check: ADMIN },
  delete_agent: { check: ADMIN },
  'create_dhcp-network': { check: ADMIN },
  'get_dhcp-networks': { check: ADMIN },
  'delete_dhcp-network': { check: ADMIN },
  'get_dhcp-agents': { check: ADMIN },
  'create_l3-router': { check: ADMIN },
  'get_l3-routers': { check: ADMIN },
  'delete_l3-router': { check: ADMIN },
  'get_l3-agents': { check: ADMIN },
};
