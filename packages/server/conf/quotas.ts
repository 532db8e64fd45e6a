import { option } from '@neutrino/lib/conf/option';
import { int } from '@neutrino/lib/conf/option-types';

const quota = (resources: string, limit: number) => option({ type: int(), default: limit, mutable: true, help: `Most ${resources} of one project; a negative number for no limit.` });

/** [quotas]. */
export const quotaOptions = {
  default_quota: option({ type: int(), default: -1, mutable: true, help: 'Most objects of one project of each kind that has no option here; a negative number for no limit.' }),
  quota_network: quota('networks', 100),
  quota_subnet: quota('subnets', 100),
  quota_floatingip: quota('floating IPs', 50),
  quota_port: quota('ports', 500),
  quota_rbac_policy: quota('RBAC policies', 10),
  quota_router: quota('routers', 10),
  quota_security_group: quota('security groups', 10),
  quota_security_group_rule: quota('security group rules', 100),
};
