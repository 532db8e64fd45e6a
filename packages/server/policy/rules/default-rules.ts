import { agentRules } from './agent.ts';
import { availabilityZoneRules } from './availability-zone.ts';
import { baseRules } from './base.ts';
import { networkRules } from './network.ts';
import { portRules } from './port.ts';
import { quotaRules } from './quota.ts';
import type { RuleTable } from './rule-table.ts';
import { securityGroupRules } from './security-group.ts';
import { subnetRules } from './subnet.ts';
import { tagRules } from './tag.ts';

/** Every rule that holds where the operator has not written another. */
export const defaultRules: RuleTable = Object.freeze({
  ...baseRules,
  ...networkRules,
  ...subnetRules,
  ...portRules,
  ...securityGroupRules,
  ...agentRules,
  ...quotaRules,
  ...availabilityZoneRules,
  ...tagRules,
});
