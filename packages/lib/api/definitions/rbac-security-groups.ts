import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const rbacSecurityGroups: ExtensionDeclaration = defineExtension({
  alias: 'rbac-security-groups',
  name: 'Add security_group type to network RBAC',
  description: 'Projects let other projects use their security groups.',
  updated: '2019-02-14T00:00:00-00:00',
  requires: ['rbac-policies', 'security-group'],
});
