import type { RuleTable } from './rule-table.ts';

/** Rules that others are made of, and `default`, which stands in for a rule that nobody wrote. */
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
  sg_owner: { check: 'tenant_id:%(security_group:tenant_id)s' },
};
