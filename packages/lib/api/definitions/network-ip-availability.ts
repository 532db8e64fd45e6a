import type { ExtensionDeclaration } from '../attribute.ts';
import { toInteger } from '../converters.ts';
import { defineExtension, readOnly } from '../define-extension.ts';

export const networkIpAvailability: ExtensionDeclaration = defineExtension({
  alias: 'network-ip-availability',
  name: 'Network IP Availability',
  description: 'How many addresses networks and subnets have, and how many of them are used.',
  updated: '2015-09-24T00:00:00-00:00',
  resources: [
    {
      collection: 'network_ip_availabilities',
      resource: 'network_ip_availability',
      operations: ['list', 'show'],
      attributes: {
        network_id: readOnly('string', 'the network', { isFilter: true, isSortKey: true, primaryKey: true }),
        network_name: readOnly('string', 'its name', { isFilter: true }),
        tenant_id: readOnly('string', 'the project that owns it', { isFilter: true }),
        total_ips: readOnly('integer', 'addresses in the allocation pools of its subnets'),
        used_ips: readOnly('integer', 'addresses that its ports have'),
        subnet_ip_availability: readOnly('array', 'the same of each of its subnets'),
        // Filters alone: which subnets count.
        ip_version: { type: 'integer', allowPost: false, allowPut: false, convertTo: toInteger, isVisible: false, isFilter: true, description: '4 or 6: only subnets of that version' },
      },
    },
  ],
});
