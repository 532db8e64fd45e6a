import { addressGroupRules } from './address-group.ts';
import { addressScopeRules } from './address-scope.ts';
import { agentRules } from './agent.ts';
import { autoAllocateRules } from './auto-allocate.ts';
import { availabilityZoneRules } from './availability-zone.ts';
import { baseRules } from './base.ts';
import { flavorRules } from './flavor.ts';
import { floatingipRules } from './floatingip.ts';
import { conntrackHelperRules, portForwardingRules } from './nested.ts';
import { networkRules } from './network.ts';
import { portRules } from './port.ts';
import { quotaRules } from './quota.ts';
import { rbacRules } from './rbac.ts';
import { routerRules } from './router.ts';
import type { RuleTable } from './rule-table.ts';
import { securityGroupRules } from './security-group.ts';
import { subnetRules } from './subnet.ts';
import { subnetpoolRules } from './subnetpool.ts';
import { tagRules } from './tag.ts';

/** Every rule that holds where the operator has not written another. */
export const defaultRules: RuleTable = Object.freeze({
  ...baseRules,
  ...networkRules,
  ...subnetRules,
  ...portRules,
  ...routerRules,
  ...conntrackHelperRules,
  ...floatingipRules,
  ...portForwardingRules,
  ...autoAllocateRules,
  ...subnetpoolRules,
  ...addressScopeRules,
  ...securityGroupRules,
  ...addressGroupRules,
  ...rbacRules,
  ...flavorRules,
  ...agentRules,
  ...quotaRules,
  ...availabilityZoneRules,
  ...tagRules,
});
