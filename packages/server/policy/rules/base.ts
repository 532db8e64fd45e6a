import type { RuleTable } from './rule-table.ts';

/**
 * Rules that others are made of, and `default`, which stands in for a rule that nobody wrote. They decide no request
 * by themselves, and have no scope of their own.
 */
export const baseRules: RuleTable = {
  context_is_admin: { check: 'role:admin' },
  owner: { check: 'tenant_id:%(tenant_id)s' },
  admin_or_owner: { check: 'rule:context_is_admin or rule:owner' },
  context_is_advsvc: { check: 'role:advsvc' },
  admin_or_network_owner: { check: 'rule:context_is_admin or tenant_id:%(network:tenant_id)s' },
  admin_owner_or_network_owner: { check: 'rule:owner or rule:admin_or_network_owner' },
  network_owner: { check: 'tenant_id:%(network:tenant_id)s' },
  admin_only: { check: 'rule:context_is_admin' },
  regular_user: { check: '' },
  shared: { check: 'field:networks:shared=True' },
  default: { check: 'rule:admin_or_owner' },
  admin_or_ext_parent_owner: { check: 'rule:context_is_admin or tenant_id:%(ext_parent:tenant_id)s' },
  ext_parent_owner: { check: 'tenant_id:%(ext_parent:tenant_id)s' },
  sg_owner: { check: 'tenant_id:%(security_group:tenant_id)s' },
  admin_or_sg_owner: { check: 'rule:context_is_admin or tenant_id:%(security_group:tenant_id)s' },
  admin_owner_or_sg_owner: { check: 'rule:owner or rule:admin_or_sg_owner' },
  external: { check: 'field:networks:router:external=True' },
  network_device: { check: 'field:port:device_owner=~^network:' },
  admin_or_data_plane_int: { check: 'rule:context_is_admin or role:data_plane_integrator' },
  shared_address_groups: { check: 'field:address_groups:shared=True' },
  shared_address_scopes: { check: 'field:address_scopes:shared=True' },
  shared_subnetpools: { check: 'field:subnetpools:shared=True' },
  restrict_wildcard: { check: '(not field:rbac_policy:target_tenant=* and not field:rbac_policy:target_project=*) or rule:admin_only' },
};
