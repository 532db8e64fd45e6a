import type { RuleTable } from './rule-table.ts';
import { ADMIN, ADMIN_OR_MEMBER, ADMIN_OR_OWNER, ANYONE } from './rule-table.ts';

const ADMIN_OR_NETWORK_OWNER = `${ADMIN} or rule:network_owner`;
const OLD_ADMIN_OR_NETWORK_OWNER = 'rule:admin_or_network_owner';
/** Beside admins: the owner of the network, and services such as load balancers. */
const PRIVILEGED = `rule:context_is_advsvc or rule:network_owner or ${ADMIN}`;
const OLD_PRIVILEGED = `rule:context_is_advsvc or ${OLD_ADMIN_OR_NETWORK_OWNER}`;

/** Who may do what to ports. */
export const portRules: RuleTable = {
  create_port: { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_port:device_owner': { check: `not rule:network_device or ${PRIVILEGED}`, deprecated: `not rule:network_device or ${OLD_PRIVILEGED}` },
  'create_port:mac_address': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'create_port:fixed_ips': { check: `${PRIVILEGED} or rule:shared`, deprecated: `${OLD_PRIVILEGED} or rule:shared` },
  'create_port:fixed_ips:ip_address': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'create_port:fixed_ips:subnet_id': { check: `${PRIVILEGED} or rule:shared`, deprecated: `${OLD_PRIVILEGED} or rule:shared` },
  'create_port:port_security_enabled': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'create_port:binding:host_id': { check: ADMIN },
  'create_port:binding:profile': { check: ADMIN },
  'create_port:binding:vnic_type': { check: ADMIN_OR_MEMBER, deprecated: ANYONE },
  'create_port:allowed_address_pairs': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  'create_port:allowed_address_pairs:mac_address': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  'create_port:allowed_address_pairs:ip_address': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  get_port: { check: 'rule:admin_only or rule:context_is_advsvc or role:reader and project_id:%(project_id)s', deprecated: 'rule:context_is_advsvc or rule:admin_owner_or_network_owner' },
  'get_port:binding:vif_type': { check: ADMIN },
  'get_port:binding:vif_details': { check: ADMIN },
  'get_port:binding:host_id': { check: ADMIN },
  'get_port:binding:profile': { check: ADMIN },
  'get_port:resource_request': { check: ADMIN },
  update_port: { check: `${ADMIN_OR_MEMBER} or rule:context_is_advsvc`, deprecated: `${ADMIN_OR_OWNER} or rule:context_is_advsvc` },
  'update_port:device_owner': { check: `not rule:network_device or ${PRIVILEGED}`, deprecated: `not rule:network_device or ${OLD_PRIVILEGED}` },
  'update_port:mac_address': { check: 'rule:admin_only or rule:context_is_advsvc' },
  'update_port:fixed_ips': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'update_port:fixed_ips:ip_address': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'update_port:fixed_ips:subnet_id': { check: `${PRIVILEGED} or rule:shared`, deprecated: `${OLD_PRIVILEGED} or rule:shared` },
  'update_port:port_security_enabled': { check: PRIVILEGED, deprecated: OLD_PRIVILEGED },
  'update_port:binding:host_id': { check: ADMIN },
  'update_port:binding:profile': { check: ADMIN },
  'update_port:binding:vnic_type': { check: `${ADMIN_OR_MEMBER} or rule:context_is_advsvc`, deprecated: `${ADMIN_OR_OWNER} or rule:context_is_advsvc` },
  'update_port:allowed_address_pairs': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  'update_port:allowed_address_pairs:mac_address': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  'update_port:allowed_address_pairs:ip_address': { check: ADMIN_OR_NETWORK_OWNER, deprecated: OLD_ADMIN_OR_NETWORK_OWNER },
  'update_port:data_plane_status': { check: 'rule:admin_only or role:data_plane_integrator', deprecated: 'rule:admin_or_data_plane_int' },
  // Later releases have these rules; without them whoever owns a port could put it on a host.
  create_port_binding: { check: ADMIN },
  get_port_binding: { check: ADMIN },
  update_port_binding: { check: ADMIN },
  activate_port_binding: { check: ADMIN },
  delete_port_binding: { check: ADMIN },
  delete_port: { check: 'rule:admin_only or rule:context_is_advsvc or role:member and project_id:%(project_id)s', deprecated: 'rule:context_is_advsvc or rule:admin_owner_or_network_owner' },
};
