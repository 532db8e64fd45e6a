import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ADMIN_OR_READER, ANYONE } from './rule-table.ts';

/** Who may do what to routers. */
export const routerRules: RuleTable = {
  create_router: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_router:external_gateway_info': { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'create_router:external_gateway_info:network_id': { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'create_router:external_gateway_info:enable_snat': { check: ADMIN },
  'create_router:external_gateway_info:external_fixed_ips': { check: ADMIN },
  'create_router:ha': { check: ADMIN },
  get_router: { check: ADMIN_OR_READER, deprecated: ADMIN_OR_OWNER },
  'get_router:ha': { check: ADMIN },
  update_router: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_router:external_gateway_info': { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_router:external_gateway_info:network_id': { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  'update_router:external_gateway_info:enable_snat': { check: ADMIN },
  'update_router:external_gateway_info:external_fixed_ips': { check: ADMIN },
  'update_router:ha': { check: ADMIN },
  delete_router: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  add_router_interface: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  remove_router_interface: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  add_extraroutes: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
  remove_extraroutes: { check: ADMIN_OR_MEMBER, deprecated: ADMIN_OR_OWNER },
};
