import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const securityGroupsNormalizedCidr: ExtensionDeclaration = defineExtension({
  alias: 'security-groups-normalized-cidr',
  name: 'Normalized CIDR field for security group rules',
  description: 'The prefix of a rule as it is applied.',
  updated: '2020-07-28T10:00:00-00:00',
  requires: ['security-group'],
  extends: { security_group_rules: { normalized_cidr: readOnly('string', 'remote_ip_prefix without host bits', { isFilter: true }) } },
});
