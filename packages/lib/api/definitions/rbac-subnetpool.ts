import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const rbacSubnetpool: ExtensionDeclaration = defineExtension({
  alias: 'rbac-subnetpool',
  name: 'Add subnetpool type to RBAC',
  description: 'Projects let other projects take subnets from their pools.',
  updated: '2020-02-05T00:00:00-00:00',
  requires: ['rbac-policies', 'rbac-address-scope'],
});
