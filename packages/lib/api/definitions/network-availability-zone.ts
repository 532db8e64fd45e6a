import type { ExtensionDeclaration } from '../attribute.ts';
import { defineExtension, readOnly } from '../define-extension.ts';
import { listOf, string } from '../validators.ts';

export const networkAvailabilityZone: ExtensionDeclaration = defineExtension({
  alias: 'network_availability_zone',
  name: 'Network Availability Zone',
  description: 'In which zones a network is served.',
  updated: '2015-01-01T10:00:00-00:00',
  requires: ['availability_zone'],
  extends: {
    networks: {
      availability_zone_hints: {
        type: 'array', allowPost: true, allowPut: false, default: [], validate: listOf(string(255), { unique: true, maximum: 10 }), isVisible: true, isSortKey: true,
        description: 'zones it should be served in',
      },
      availability_zones: readOnly('array', 'zones it is served in'),
    },
  },
});
