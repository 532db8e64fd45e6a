import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const portSecurityGroupsFiltering: ExtensionDeclaration = defineExtension({
  alias: 'port-security-groups-filtering',
  name: 'Port filtering on security groups',
  description: 'Ports are found by their security groups.',
  updated: '2018-01-09T09:00:00-00:00',
});
