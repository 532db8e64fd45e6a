import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension } from '../define-extension.ts';

export const subnetAllocation: ExtensionDeclaration = defineExtension({
  alias: 'subnet_allocation',
  name: 'Subnet Allocation',
  description: 'Subnets get their prefixes from pools.',
  updated: '2015-03-30T10:00:00-00:00',
});
