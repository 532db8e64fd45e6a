import type { ExtensionDeclaration } from '../attribute.ts';
import { toBoolean } from '../converters.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const securityGroupsSharedFiltering: ExtensionDeclaration = defineExtension({
  alias: 'security-groups-shared-filtering',
  name: 'Security group filtering on the shared field',
  description: 'Groups of other projects that one may use are told apart.',
  updated: '2021-10-05T09:00:00-00:00',
  requires: ['rbac-security-groups'],
  extends: {
    security_groups: {
      shared: readOnly('boolean', 'whether it may be used because somebody shares it', { convertTo: toBoolean, isFilter: true, requiredByPolicy: true, enforcePolicy: true }),
    },
  },
});
