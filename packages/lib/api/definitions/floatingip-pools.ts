import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const floatingipPools: ExtensionDeclaration = defineExtension({
  alias: 'floatingip-pools',
  name: 'Floating IP Pools Extension',
  description: 'The outside subnets that floating IPs can be taken from.',
  updated: '2018-03-21T10:00:00-00:00',
  requires: ['router'],
  resources: [
    {
      collection: 'floatingip_pools',
      resource: 'floatingip_pool',
      operations: ['list'],
      attributes: {
        subnet_id: readOnly('string', 'the subnet', { primaryKey: true }),
        subnet_name: readOnly('string', 'its name'),
        network_id: readOnly('string', 'the outside network'),
        cidr: readOnly('string', 'its prefix'),
        tenant_id: readOnly('string', 'the project that asks'),
      },
    },
  ],
});
