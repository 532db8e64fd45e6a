import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const rbacAddressScope: ExtensionDeclaration = defineExtension({
  alias: 'rbac-address-scope',
  name: 'Add address_scope type to RBAC',
  description: 'Projects let other projects have pools in their address scopes.',
  updated: '2020-02-12T00:00:00-00:00',
  requires: ['rbac-policies', 'address-scope'],
});
