import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Who may do what to networks, and who sees how full they are. */
export const networkRules: RuleTable = {
  create_network: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_network:shared': { check: ADMIN },
  'create_network:router:external': { check: ADMIN },
  'create_network:is_default': { check: ADMIN },
  'create_network:port_security_enabled': { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_network:segments': { check: ADMIN },
  'create_network:provider:network_type': { check: ADMIN },
  'create_network:provider:physical_network': { check: ADMIN },
  'create_network:provider:segmentation_id': { check: ADMIN },
  get_network: { check: `${ADMIN_OR_READER} or rule:shared or rule:external or rule:context_is_advsvc`, deprecated: `${ADMIN_OR_OWNER} or rule:shared or rule:external or rule:context_is_advsvc` },
  'get_network:router:external': { check: ADMIN_OR_READER, deprecated: ANYONE },
  'get_network:segments': { check: ADMIN },
  'get_network:provider:network_type': { check: ADMIN },
  'get_network:provider:physical_network': { check: ADMIN },
  'get_network:provider:segmentation_id': { check: ADMIN },
  update_network: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_network:segments': { check: ADMIN },
  'update_network:shared': { check: ADMIN },
  'update_network:provider:network_type': { check: ADMIN },
  'update_network:provider:physical_network': { check: ADMIN },
  'update_network:provider:segmentation_id': { check: ADMIN },
  'update_network:router:external': { check: ADMIN },
  'update_network:is_default': { check: ADMIN },
  'update_network:port_security_enabled': { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  delete_network: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  get_network_ip_availability: { check: ADMIN },
};
