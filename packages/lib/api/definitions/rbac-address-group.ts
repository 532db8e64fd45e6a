import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const rbacAddressGroup: ExtensionDeclaration = defineExtension({
  alias: 'rbac-address-group',
  name: 'Add address_group type to RBAC',
  description: 'Projects let other projects use their address groups.',
  updated: '2021-01-20T00:00:00-00:00',
  requires: ['rbac-policies', 'security-group'],
});
